/** Sign in, or sign up. */
import { h } from "./dom.js";
import { signIn, signUp } from "./session.js";

const field = (label, props) =>
  h("label", { class: "field" }, h("span", {}, label), h("input", { required: true, ...props }));

export function authView() {
  let mode = sessionStorage.getItem("was-here") ? "in" : "up";
  const page = h("main", { class: "auth" });
  const show = () => page.replaceChildren(card(mode, (next) => ((mode = next), show())));
  show();
  return page;
}

function card(mode, setMode) {
  const fresh = mode === "up";
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = h("button", { class: "primary", type: "submit" }, fresh ? "Create account" : "Sign in");
  const form = h(
    "form",
    { onsubmit: (event) => void enter(event, fresh, problem, submit) },
    fresh && field("Your name", { name: "username", autocomplete: "nickname", minlength: 2, maxlength: 40 }),
    field("E-mail", { name: "email", type: "email", autocomplete: "email" }),
    field("Password", {
      name: "password",
      type: "password",
      minlength: fresh ? 8 : 1,
      autocomplete: fresh ? "new-password" : "current-password",
    }),
    problem,
    submit,
  );
  const other = h(
    "button",
    { class: "link", type: "button", onclick: () => setMode(fresh ? "in" : "up") },
    fresh ? "I have an account" : "Create an account",
  );
  return h(
    "div",
    { class: "card" },
    h("img", { src: "./icon.svg", alt: "", width: 56, height: 56 }),
    h("h1", {}, fresh ? "Welcome" : "Welcome back"),
    h("p", { class: "hint" }, "Open a second window and sign up as somebody else to see both sides."),
    form,
    other,
  );
}

async function enter(event, fresh, problem, submit) {
  event.preventDefault();
  const form = Object.fromEntries(new FormData(event.target));
  problem.textContent = "";
  submit.disabled = true;
  try {
    await (fresh ? signUp(form) : signIn(form));
    sessionStorage.setItem("was-here", "1");
  } catch (error) {
    problem.textContent = error.message;
  } finally {
    submit.disabled = false;
  }
}
