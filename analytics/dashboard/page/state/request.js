// Requests to the server that the page came from.

const BASE = "/api/v1";
let csrf = null;

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function answerOf(response) {
  if (response.ok) return response.status === 204 ? null : response.json();
  let detail = response.statusText;
  try {
    const body = await response.json();
    if (typeof body.detail === "string") detail = body.detail;
  } catch {
    // not JSON: a proxy in between answered
  }
  throw new Refusal(response.status, detail);
}

/** Fetch JSON; parameters that are null or undefined are left out. */
export async function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) query.set(name, value);
  }
  const text = query.size ? `?${query}` : "";
  return answerOf(await fetch(BASE + path + text, { signal }));
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  return answerOf(
    await fetch(BASE + path, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

/** Who is logged in; keeps the token that changes need. */
export async function readSession() {
  return keep(await get("/session"));
}

export async function logIn(name, password) {
  return keep(await post("/login", { name, password }));
}

export async function logOut() {
  await post("/logout");
  return readSession();
}

function keep(session) {
  csrf = session.csrf ?? null;
  return session;
}
