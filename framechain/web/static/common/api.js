/** Requests to the server. An answer that is an error becomes a `Refusal` with the server's sentence. */

/** The server refused, or did not answer; the message is a sentence for the visitor. */
export class Refusal extends Error {
  /**
   * @param {string} sentence
   * @param {number} status The HTTP status; 0 if the server did not answer.
   */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

const NO_ANSWER = "The server does not answer. It may have been stopped, or the network is down.";

/**
 * @param {number} status
 * @param {string} text The body of the answer.
 * @returns {any} What the answer says.
 */
function read(status, text) {
  /** @type {any} */
  let answer = {};
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    if (status < 400) throw new Refusal("The server gave an answer that this page cannot read.", status);
  }
  if (status >= 400) throw new Refusal(answer.error || `The server refused this (HTTP status ${status}).`, status);
  return answer;
}

/**
 * Ask the server and return its answer.
 * @param {string} method
 * @param {string} path
 * @param {Object} [body] Sent as JSON.
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export async function ask(method, path, body) {
  const request = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) request.body = JSON.stringify(body);
  let answer, text;
  try {
    answer = await fetch(path, request);
    text = await answer.text();
  } catch {
    throw new Refusal(NO_ANSWER, 0);
  }
  return read(answer.status, text);
}

/**
 * Send a file as it is. `fetch` tells no progress, so this is an XMLHttpRequest.
 * @param {string} path
 * @param {File} file
 * @param {(share: number) => void} onProgress Called with the share that is sent, 0 to 1.
 * @returns {{answer: Promise<any>, cancel: () => void}} The answer is null after a cancel.
 */
export function upload(path, file, onProgress) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 1);
    request.onabort = () => resolve(null);
    // A server that refuses a large body closes the connection early: the browser then reports only an error.
    request.onerror = () => reject(new Refusal(`${file.name} could not be sent: the connection was closed.`, 0));
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText));
      } catch (refusal) {
        reject(refusal);
      }
    };
    request.open("POST", path);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
  return { answer, cancel: () => request.abort() };
}
