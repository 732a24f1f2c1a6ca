/** Begins the page: asks the server for its state, then joins the parts. */

import { Backgrounds } from "./controls/backgrounds.js";
import { Command } from "./controls/command.js";
import { Connection } from "./common/connection.js";
import { Controls } from "./controls/controls.js";
import { find, setText } from "./common/dom.js";
import { Files } from "./files/files.js";
import { Live } from "./live/live.js";
import { Objects } from "./controls/objects.js";
import { beginNotices, showError } from "./common/notices.js";
import { Recordings } from "./live/recordings.js";
import { Settings } from "./common/settings.js";

async function begin() {
  beginNotices();
  const settings = new Settings();
  const connection = new Connection(settings);
  const live = new Live(settings, connection);
  new Controls(settings, live);
  new Backgrounds(settings);
  new Objects(settings);
  const recordings = new Recordings(connection);
  const files = new Files(settings, connection);
  new Command(() => files.newest);
  live.addEventListener("kept", () => recordings.update());
  connection.addEventListener("back", () => recordings.update());
  settings.addEventListener("state", () => {
    const { version, chain } = settings.state;
    live.update();
    setText(find("chain"), chain ?? "");
    setText(find("version"), `framechain ${version}`);
    // A chain without anything to set leaves its room to the picture.
    find("settings").hidden = !document.querySelector(".card:not([hidden])");
    find("start").disabled = false;
  });
  try {
    await settings.load();
  } catch (error) {
    if (!connection.takeError(error)) {
      showError(error);
      return;
    }
  }
  files.update();
  recordings.update();
}

begin();
