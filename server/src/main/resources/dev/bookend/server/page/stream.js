// Asking the page's own server: with the key, where there is one, and events as they come.

const KEY = 'bookend-key';

/** What went wrong, in words. `kind` is 'away', 'key' or 'refused'. */
export class Failure extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

export function setKey(key) {
  sessionStorage.setItem(KEY, key);
}

export async function ask(method, path, body, signal) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) {
    headers.authorization = 'Bearer ' + key;
  }
  if (body) {
    headers['content-type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, {
      method, headers, signal, body: body && JSON.stringify(body), cache: 'no-store', referrerPolicy: 'no-referrer',
    });
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
    throw new Failure('away', 'The server does not answer.');
  }
  if (response.ok) {
    return response;
  }
  let message = 'The server answered with status ' + response.status + '.';
  try {
    message = 'The server refused: ' + (await response.json()).error.message;
  } catch {
    // The status has to do.
  }
  throw new Failure(response.status === 401 ? 'key' : 'refused', message);
}

/** Gives each event of an answer to the handler of its name. Throws a Failure where it breaks off. */
export async function listen(path, body, signal, handlers) {
  const response = await ask('POST', path, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let ended = false;
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (e) {
      if (e.name === 'AbortError') {
        throw e;
      }
      throw new Failure('away', 'The answer broke off: the server went away.');
    }
    if (part.done) {
      break;
    }
    const events = (rest + part.value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      if (!event.startsWith('data: ')) {
        continue;
      }
      for (const [name, value] of Object.entries(JSON.parse(event.slice(6)))) {
        if (name === 'error') {
          throw new Failure('refused', 'The server could not go on: ' + value.message);
        }
        ended = ended || name === 'end';
        handlers[name]?.(value);
      }
    }
  }
  if (!ended) {
    throw new Failure('away', 'The answer broke off: the server went away.');
  }
}
