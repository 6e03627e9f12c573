/** Where one writes: text, files, an answer to a message, an edit. */
import { upload } from "./attachments.js";
import { ask } from "./connection.js";
import { h, iconButton } from "./dom.js";
import { changed, conversationOf, nameOf, takeMessage } from "./model.js";
import { sendMessage } from "./outbox.js";
import { failed } from "./view-common.js";

const TYPING_EVERY = 3000;
const QUIET_AFTER = 4000;

/** `current()` names the conversation that is open. */
export function composer(current) {
  const state = { files: [], replyTo: undefined, editing: undefined };
  const text = h("textarea", {
    rows: 1,
    placeholder: "Write a message",
    "aria-label": "Message",
    maxlength: 4000,
    enterkeyhint: "send",
  });
  const input = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    onchange: () => void addFiles([...input.files]),
  });
  const context = h("div", { class: "context" });
  const typing = typingSignal(current);

  const grow = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
  };
  const chip = (label, value, remove) =>
    h("span", { class: "chip" }, h("strong", {}, label), h("span", {}, value), iconButton("close", "Remove", remove));
  const show = () =>
    context.replaceChildren(
      ...(state.editing ? [chip("Edit", state.editing.content, reset)] : []),
      ...(state.replyTo
        ? [
            chip(
              nameOf(state.replyTo.sender_id),
              state.replyTo.content || "Attachment",
              () => ((state.replyTo = undefined), show()),
            ),
          ]
        : []),
      ...state.files.map((f) =>
        chip(
          f.url ? "File" : "Uploading …",
          f.name,
          () => ((state.files = state.files.filter((x) => x !== f)), show()),
        ),
      ),
    );
  function reset() {
    Object.assign(state, { files: [], replyTo: undefined, editing: undefined });
    text.value = "";
    typing.stop();
    show();
    grow();
  }
  async function addFiles(files) {
    input.value = "";
    for (const file of files) {
      const entry = { name: file.name, url: undefined };
      state.files = [...state.files, entry];
      show();
      try {
        entry.url = (await upload(file)).url;
      } catch (error) {
        state.files = state.files.filter((x) => x !== entry);
        failed(error);
      }
      show();
    }
  }
  function submit() {
    const content = text.value.trim();
    if (state.editing) return void edit(state.editing, content).then(reset, failed);
    if (state.files.some((f) => !f.url)) return;
    const attachments = state.files.map((f) => f.url);
    if (!current() || (content === "" && attachments.length === 0)) return;
    sendMessage(current(), { content, attachments, replyTo: state.replyTo });
    reset();
    text.focus();
  }
  text.addEventListener("input", () => (grow(), text.value ? typing.start() : typing.stop()));
  text.addEventListener("blur", typing.stop);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), submit());
    if (event.key === "Escape" && (state.editing || state.replyTo)) (event.stopPropagation(), reset());
  });
  text.addEventListener(
    "paste",
    (event) =>
      event.clipboardData.files.length > 0 && (event.preventDefault(), void addFiles([...event.clipboardData.files])),
  );
  const row = h(
    "div",
    { class: "row-in" },
    iconButton("attach", "Attach files", () => input.click()),
    input,
    text,
    iconButton("send", "Send", submit, { class: "icon send" }),
  );
  const element = h("div", { class: "composer" }, context, row);
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => (event.preventDefault(), void addFiles([...event.dataTransfer.files])));
  return {
    element,
    reset,
    reply: (message) => (Object.assign(state, { replyTo: message, editing: undefined }), show(), text.focus()),
    edit: (message) => (
      Object.assign(state, { editing: message, replyTo: undefined }),
      (text.value = message.content),
      show(),
      grow(),
      text.focus()
    ),
  };
}

async function edit(message, content) {
  if (content === "" || content === message.content) return;
  takeMessage(await ask("message:edit", { messageId: message._id, content }));
  changed("timeline", "list");
}

/** Says "typing" every few seconds while keys are pressed, and "no more" when they rest. */
function typingSignal(current) {
  let told = 0;
  let rest;
  let where;
  const say = (isTyping) => {
    if (conversationOf(where)?.status === "accepted")
      ask("typing", { conversationId: where, isTyping }).catch(() => undefined);
  };
  const stop = () => {
    clearTimeout(rest);
    if (told) say(false);
    told = 0;
  };
  const start = () => {
    clearTimeout(rest);
    rest = setTimeout(stop, QUIET_AFTER);
    if (Date.now() - told < TYPING_EVERY) return;
    told = Date.now();
    where = current();
    say(true);
  };
  return { start, stop };
}
