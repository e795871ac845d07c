// Requests to the editor that the page came from; addresses are relative, below its token.

/** What was refused: a status, and faults with code, field, value and what was told. */
export class Refusal extends Error {
  constructor(status, { detail = "", faults = [] } = {}) {
    super(detail);
    this.status = status;
    this.faults = faults;
  }

  get code() {
    return this.faults[0]?.code ?? "";
  }
}

async function answerOf(response) {
  if (response.ok) return response.json();
  let body = { detail: response.statusText };
  try {
    body = await response.json();
  } catch {
    // not JSON: something else answers there now
  }
  throw new Refusal(response.status, body);
}

export async function get(path) {
  return answerOf(await fetch(`api/${path}`));
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return answerOf(await fetch(`api/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}
