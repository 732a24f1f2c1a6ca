// Clips play by themselves only for those who have not asked for less motion; the others see stills. One button starts and stops all.
// Without this script each clip is a still with the browser's own controls.
document.addEventListener("DOMContentLoaded", () => {
  const clips = [...document.querySelectorAll("video.clip")];
  if (clips.length === 0) {
    return;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "clips-button";
  let playing = false;
  function set(wanted) {
    playing = wanted;
    button.textContent = playing ? "Stop the clips" : "Play the clips";
    for (const clip of clips) {
      clip.controls = false;
      if (playing) {
        clip.play().catch(() => (clip.controls = true)); // A browser may refuse: the still stays.
      } else {
        clip.pause();
        clip.load(); // Shows the still again.
      }
    }
  }
  button.addEventListener("click", () => set(!playing));
  clips[0].closest(".clips").after(button);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  still.addEventListener("change", () => set(!still.matches));
  set(!still.matches);
});
