// Puts the page together: states, buttons, and what is asked when.

import {ask, listen, setKey} from './stream.js';
import * as chat from './chat.js';
import * as split from './split.js';

const RETRY_MILLIS = 2000;
const LOOK_MILLIS = 10000;
const FORGOTTEN = new DOMException('the conversation is gone', 'AbortError');

const byId = (id) => document.getElementById(id);
const message = byId('message');

let answering = null; // AbortController of the answer under way
let attacking = null; // and of the attack
let away = false;
let connected = false;
let timer = 0;

function state(name, text) {
  byId('status').dataset.state = name;
  byId('status').textContent = text;
}

function say(text) {
  byId('error').textContent = text;
  byId('error').hidden = text === '';
}

function show() {
  byId('away').hidden = !away;
  byId('stop').hidden = answering === null;
  byId('send').hidden = answering !== null;
  byId('send').disabled = away || !connected;
  byId('attack').hidden = attacking !== null;
  byId('attack-stop').hidden = attacking === null;
  byId('attack').disabled = away || !connected || chat.upToLastQuestion().length === 0;
  if (away) {
    state('away', 'The server is away');
  } else if (!connected) {
    state('', byId('key-form').hidden ? 'Connecting…' : 'A key is needed');
  } else if (answering) {
    state('busy', 'Answering');
  } else {
    state('ready', 'Ready');
  }
}

function failed(failure) {
  if (failure.kind === 'away') {
    away = true;
    connected = false;
    look(RETRY_MILLIS);
  } else if (failure.kind === 'key') {
    connected = false;
    byId('key-form').hidden = false;
    byId('key').focus();
  }
  show();
}

function look(millis) {
  clearTimeout(timer);
  timer = setTimeout(connect, millis);
}

/** Looks whether the server is there; asks for the picture of the split the first time. */
async function connect() {
  try {
    if (connected) {
      if (!document.hidden && !answering) {
        await ask('GET', '/healthz');
      }
    } else {
      const picture = await (await ask('GET', '/page/split')).json();
      split.draw(picture);
      byId('model').textContent = picture.model;
      document.title = picture.model + ' · Bookend';
      byId('link-section').hidden = picture.linkMillis === undefined;
      if (picture.linkMillis !== undefined) {
        showLink(picture.linkMillis);
      }
      connected = true;
      away = false;
      byId('key-form').hidden = true;
      say('');
    }
    show();
    look(LOOK_MILLIS);
  } catch (failure) {
    if (failure.kind === 'refused') {
      say(failure.message);
      look(RETRY_MILLIS);
    }
    failed(failure);
  }
}

async function send() {
  const text = message.value.trim();
  if (text === '' || answering || away || !connected) {
    return;
  }
  say('');
  byId('spoken').textContent = '';
  const own = new AbortController();
  answering = own;
  const asked = chat.withQuestion(text);
  const turn = new chat.Turn(text);
  message.value = '';
  grow();
  show();
  let first = 0, last = 0;
  const start = performance.now();
  split.depart(1500);
  try {
    await listen('/page/chat', {messages: asked}, own.signal, {
      tokens(tokens) {
        first = first || performance.now();
        turn.add(tokens);
        split.tally(tokens);
      },
      trip(trip) {
        first = first || performance.now();
        turn.add(trip.tokens);
        split.arrived(trip);
        split.depart(trip.millis);
      },
      end(end) {
        last = performance.now();
        const facts = [end.tokens + ' tokens'];
        if (end.tokens > 1 && last > first) {
          facts.push(((end.tokens - 1) / ((last - first) / 1000)).toFixed(1) + ' tokens/s');
        }
        facts.push('first after ' + Math.round((first || last) - start) + ' ms');
        if (end.reason === 'length') {
          facts.push('ended at the longest length');
        }
        turn.keep(facts.join(' · '), end.text);
        byId('spoken').textContent = 'Answer: ' + end.text;
      },
    });
  } catch (failure) {
    if (failure.name === 'AbortError') {
      turn.keep('Stopped.');
      byId('spoken').textContent = 'Stopped. ' + turn.answer;
    } else {
      turn.drop();
      if (message.value.trim() === '') {
        message.value = text;
        grow();
      }
      say(failure.message ?? 'Something unexpected went wrong.');
      failed(failure);
    }
  } finally {
    if (answering === own) {
      answering = null;
    }
    split.land();
    show();
  }
}

async function attack() {
  const own = new AbortController();
  attacking = own;
  const progress = byId('attack-progress');
  const text = byId('attack-text');
  const tell = (words) => {
    byId('attack-state').textContent = words;
  };
  progress.hidden = false;
  progress.removeAttribute('value');
  text.hidden = true;
  text.textContent = '';
  tell('Computing the hidden states…');
  show();
  byId('attack-stop').focus();
  try {
    await listen('/page/attack', {messages: chat.upToLastQuestion()}, own.signal, {
      preparing({done, of}) {
        tell('Preparing, once: a codebook of all tokens.');
        progress.value = done / of;
      },
      reading({done, of, text: read}) {
        tell('Reading.');
        progress.value = done / of;
        text.hidden = read === '';
        text.textContent = read;
      },
      end({done, of, text: read, seconds}) {
        text.hidden = false;
        text.textContent = read;
        tell('Read ' + done + ' of ' + of + ' tokens right, in ' + seconds.toFixed(1) + ' s.');
      },
    });
  } catch (failure) {
    if (own.signal.reason !== FORGOTTEN) {
      tell(failure.name === 'AbortError' ? 'Stopped.' : failure.message);
    }
    if (failure.name !== 'AbortError') {
      failed(failure);
    }
  } finally {
    // Only where the button that is about to go had the focus: someone may be typing elsewhere.
    const move = document.activeElement === byId('attack-stop');
    attacking = null;
    progress.hidden = true;
    show();
    if (move) {
      byId('attack').focus();
    }
  }
}

function showLink(millis) {
  byId('link').value = millis;
  byId('link-value').textContent = Math.round(millis) + ' ms';
}

async function setLink() {
  try {
    const answer = await (await ask('PUT', '/page/link', {millis: Number(byId('link').value)})).json();
    showLink(answer.linkMillis);
  } catch (failure) {
    say(failure.message);
    failed(failure);
  }
}

function grow() {
  message.rows = Math.max(2, Math.min(10, message.value.split('\n').length));
}

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  byId('theme').setAttribute('aria-pressed', dark);
}

const system = matchMedia('(prefers-color-scheme: dark)');
let chosen = localStorage.getItem('bookend-theme');
setTheme(chosen ? chosen === 'dark' : system.matches);
system.addEventListener('change', () => {
  if (!chosen) {
    setTheme(system.matches);
  }
});
byId('theme').addEventListener('click', () => {
  chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('bookend-theme', chosen);
  setTheme(chosen === 'dark');
});

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  send();
});
message.addEventListener('input', grow);
message.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
byId('stop').addEventListener('click', () => {
  answering?.abort();
  message.focus();
});
byId('new').addEventListener('click', () => {
  answering?.abort();
  attacking?.abort(FORGOTTEN);
  chat.clear();
  split.forget();
  say('');
  byId('spoken').textContent = '';
  byId('attack-state').textContent = '';
  byId('attack-text').hidden = true;
  show();
  message.focus();
});
byId('view').addEventListener('click', () => {
  const panel = document.body.dataset.view === 'chat';
  document.body.dataset.view = panel ? 'split' : 'chat';
  byId('view').setAttribute('aria-pressed', panel);
});
byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  setKey(byId('key').value);
  byId('key').value = '';
  byId('key-form').hidden = true;
  connect();
});
byId('colours').addEventListener('change', () => {
  document.body.classList.toggle('plain-tokens', !byId('colours').checked);
});
byId('link').addEventListener('input', () => showLink(Number(byId('link').value)));
byId('link').addEventListener('change', setLink);
byId('attack').addEventListener('click', attack);
byId('attack-stop').addEventListener('click', () => attacking?.abort());
addEventListener('online', connect);

show();
connect();
