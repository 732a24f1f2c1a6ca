// Clips play by themselves only for those who have not asked for less motion; for the others each shows its still, and a button.
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
function follow() {
  for (const clip of document.querySelectorAll("video.clip")) {
    if (still.matches) {
      clip.pause();
      clip.load(); // Shows the still again.
    } else {
      clip.play().catch(() => {}); // A browser may refuse: the still stays, and the button.
    }
  }
}
document.addEventListener("DOMContentLoaded", follow);
still.addEventListener("change", follow);
