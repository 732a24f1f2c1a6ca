"""How what notebooks show looks, and the script of the divider between before and after."""

STYLE = """<style>
.framechain{color:inherit;max-width:100%}
.framechain figure{margin:0;min-width:0}
.framechain img,.framechain video{display:block;width:100%;max-width:100%;height:auto;margin:0;
background:repeating-conic-gradient(#666 0 25%,#999 0 50%) 0 0/32px 32px}
.framechain figcaption,.framechain p{font-size:.85em;line-height:1.4;margin:.3em 0;overflow-wrap:anywhere}
.framechain figcaption p{font-size:1em}
.framechain table{border-collapse:collapse;margin:0 0 .75em;font-size:.9em}
.framechain table caption{text-align:left;font-weight:bold;padding:.2em .6em;caption-side:top;color:inherit}
.framechain table th,.framechain table td{text-align:left;vertical-align:top;padding:.2em .6em;
white-space:normal;max-width:none;overflow-wrap:anywhere}
.framechain table th{font-weight:normal;opacity:.75;white-space:nowrap}
.framechain-row{display:flex;flex-wrap:wrap;gap:.75em}
.framechain-row figure{flex:1 1 240px}
.framechain-grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,200px),1fr));gap:.75em}
.framechain-compare{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:.3em .75em;margin:.3em 0}
.framechain-compare [hidden]{display:none}
.framechain-slider{gap:.3em 0}
.framechain-slider figure{display:contents}
.framechain-slider img,.framechain-slider video,.framechain-slider::after{grid-area:1/1/2/3}
.framechain-slider img,.framechain-slider video{touch-action:pan-y;cursor:ew-resize}
.framechain-slider figure:nth-of-type(2)>:first-child{clip-path:inset(0 0 0 var(--framechain-at,50%))}
.framechain-slider::after{content:"";pointer-events:none;width:2px;margin-left:calc(var(--framechain-at,50%) - 1px);
background:#fff;box-shadow:0 0 0 1px #000}
.framechain-divider{grid-area:2/1/3/3;width:100%;margin:.3em 0}
.framechain-player{grid-area:3/1/4/3;display:flex;gap:.6em;align-items:center}
.framechain-player input{flex:1;min-width:0}
.framechain-slider figcaption{grid-area:4/1;padding-right:.5em}
.framechain-slider figure:nth-of-type(2) figcaption{grid-area:4/2;text-align:right}
</style>"""
"""Colours are those of the notebook, so that it may be light or dark."""

SCRIPT = """<script>
for (const box of document.querySelectorAll(".framechain-compare:not(.framechain-slider)")) {
  const [before, after] = box.querySelectorAll("img, video");
  const divider = box.querySelector(".framechain-divider");
  const move = () => box.style.setProperty("--framechain-at", divider.value + "%");
  const drag = event => {
    if (!(event.buttons & 1)) return;
    const area = after.getBoundingClientRect();
    divider.value = 100 * (event.clientX - area.left) / area.width;
    move();
  };
  for (const picture of [before, after]) {
    picture.draggable = false;
    picture.onpointerdown = picture.onpointermove = drag;
  }
  divider.oninput = move;
  divider.hidden = false;
  box.classList.add("framechain-slider");
  const player = box.querySelector(".framechain-player");
  if (!player) continue;
  const [play, time] = player.children;
  const keepInStep = () => {
    if (Math.abs(before.currentTime - after.currentTime) > 0.1) before.currentTime = after.currentTime;
  };
  before.controls = after.controls = false;
  before.muted = true;
  player.hidden = false;
  play.onclick = () => after.paused ? after.play() : after.pause();
  time.oninput = () => { before.currentTime = after.currentTime = Number(time.value); };
  after.onplay = () => { play.textContent = "Pause"; before.play(); };
  after.onpause = () => { play.textContent = "Play"; before.pause(); before.currentTime = after.currentTime; };
  after.ontimeupdate = () => { time.value = after.currentTime; keepInStep(); };
}
</script>"""
"""It makes a divider of two pictures side by side; a notebook that is not trusted shows them side by side."""
