// Logging in and out.

import { el, say } from "../elements/dom.js";
import { word } from "../language/words.js";
import { logIn, logOut } from "../state/request.js";
import { state, takeSession } from "../state/state.js";

/** Ask until someone is logged in; resolves then. */
export function askForLogin(dialog) {
  return new Promise((resolve) => {
    const fault = el("p", { class: "fault", role: "alert" });
    const name = el("input", { id: "login-name", autocomplete: "username", required: true });
    const password = el("input", {
      id: "login-password", type: "password", autocomplete: "current-password", required: true,
    });
    const button = el("button", { type: "submit", text: word("log_in") });
    const form = el("form", { on: { submit: send } },
      el("h2", { id: "login-title", text: word("login_title") }),
      el("label", { for: "login-name", text: word("name") }), name,
      el("label", { for: "login-password", text: word("password") }), password,
      fault, button);
    dialog.replaceChildren(form);
    dialog.setAttribute("aria-labelledby", "login-title");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    if (!dialog.open) dialog.showModal();

    async function send(event) {
      event.preventDefault();
      button.disabled = true;
      say(fault, "");
      try {
        takeSession(await logIn(name.value, password.value));
        dialog.close();
        resolve();
      } catch (refusal) {
        say(fault, refusal.message);
        password.value = "";
        password.focus();
      } finally {
        button.disabled = false;
      }
    }
  });
}

/** The button that ends a session; absent where nobody needs to log in. */
export function logOutButton() {
  const button = el("button", {
    type: "button", class: "small-button",
    on: {
      click: async () => {
        await logOut();
        location.reload();
      },
    },
  });
  button.update = () => {
    button.hidden = !state.session.user;
    say(button, `${word("log_out")} ${state.session.user ?? ""}`.trim());
  };
  return button;
}
