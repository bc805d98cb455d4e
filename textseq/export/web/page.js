// Labels what is typed, with ONNX Runtime in this page: MODEL is in model.js, RUNTIME in runtime.js.
"use strict";

const SHOWN = 10; // labels, at most
const byId = (id) => document.getElementById(id);
const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

// A page that was opened from a disk may import a blob, and no file beside it.
async function loadRuntime() {
  const url = RUNTIME.module
    ? URL.createObjectURL(new Blob([RUNTIME.module], { type: "text/javascript" }))
    : RUNTIME.url;
  const ort = await import(url);
  if (RUNTIME.wasm) ort.env.wasm.wasmBinary = bytesOf(RUNTIME.wasm).buffer;
  ort.env.wasm.numThreads = 1; // more need headers that only a server sends
  return ort;
}

async function loadModel(ort) {
  const session = await ort.InferenceSession.create(bytesOf(MODEL.onnx));
  return async (text) => {
    const found = await session.run({ text: new ort.Tensor("string", [text], [1]) });
    return Array.from(found.probabilities.data);
  };
}

function isGiven(probabilities, k) {
  if (MODEL.thresholds) return probabilities[k] > MODEL.thresholds[k];
  return k === probabilities.indexOf(Math.max(...probabilities));
}

function element(name, ...children) {
  const made = document.createElement("div");
  made.className = name;
  made.append(...children);
  return made;
}

function row(label, probability, given) {
  const item = document.createElement("li");
  const bar = element("bar");
  bar.style.width = `${100 * probability}%`;
  item.className = given ? "given" : "";
  item.append(element("label", label), element("track", bar), element("number", `${(100 * probability).toFixed(1)} %`));
  return item;
}

function show(probabilities) {
  const order = probabilities.map((_, k) => k).sort((a, b) => probabilities[b] - probabilities[a]);
  const rows = order.slice(0, SHOWN).map((k) => row(MODEL.classes[k], probabilities[k], isGiven(probabilities, k)));
  byId("answers").replaceChildren(...rows);
}

async function start() {
  byId("name").textContent = document.title = MODEL.name;
  const input = byId("text");
  const predict = await loadModel(await loadRuntime());
  let asked = null; // the text that is being labelled
  async function answer() {
    if (asked !== null) return; // the loop below goes on to what was typed meanwhile
    try {
      while (asked !== input.value) {
        asked = input.value;
        const began = performance.now();
        show(await predict(asked));
        byId("status").textContent = `Labelled in ${(performance.now() - began).toFixed(0)} ms`;
      }
    } finally {
      asked = null; // also where a text failed: the next is labelled
    }
  }
  input.value = textOfLink();
  input.disabled = false;
  input.addEventListener("input", () => answer().catch(fail));
  await answer();
  document.body.dataset.ready = "true";
}

// A link can hold a text; what is no such encoding, as in "#100%", is the text itself.
function textOfLink() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fail(error) {
  const hint = RUNTIME.url ? ` ONNX Runtime is loaded from ${RUNTIME.url}, which needs a network; export with --runtime to have it in this folder.` : "";
  byId("status").textContent = `The model cannot be used: ${error.message ?? error}.${hint}`;
}

start().catch(fail);
