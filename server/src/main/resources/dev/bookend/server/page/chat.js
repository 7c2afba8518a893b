// The conversation. It is kept here and nowhere else.

import {drafterClass} from './split.js';

const list = document.getElementById('messages');
const log = document.getElementById('log');
const empty = document.getElementById('empty');

let messages = [];

/** What is sent with the next question. */
export function withQuestion(text) {
  return [...messages, {role: 'user', content: text}];
}

/** The conversation up to the last question; empty: nothing was asked yet. */
export function upToLastQuestion() {
  const last = messages.map((message) => message.role).lastIndexOf('user');
  return messages.slice(0, last + 1);
}

export function clear() {
  messages = [];
  list.replaceChildren();
  empty.hidden = false;
}

function entry(kind, title) {
  const item = document.createElement('li');
  item.className = kind;
  const name = document.createElement('h3');
  name.textContent = title;
  const text = document.createElement('div');
  item.append(name, text);
  list.append(item);
  empty.hidden = true;
  return {item, text};
}

function follow(change) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  change();
  if (atEnd) {
    log.scrollTop = log.scrollHeight;
  }
}

/** A question and its answer as it grows. */
export class Turn {
  constructor(question) {
    this.question = question;
    this.messages = messages; // of its own conversation, also where another was begun since
    this.asked = entry('user', 'You');
    this.asked.text.textContent = question;
    this.given = entry('assistant', 'Answer');
    this.given.text.textContent = 'The cloud reads the prompt…';
    this.given.text.className = 'waiting';
    this.answer = '';
    log.scrollTop = log.scrollHeight;
  }

  add(tokens) {
    follow(() => {
      if (this.answer === '' && tokens.length > 0) {
        this.given.text.textContent = '';
        this.given.text.className = '';
      }
      for (const token of tokens) {
        const span = document.createElement('span');
        span.textContent = token.text;
        span.className = 't' + (token.by.length > 0 ? ' ' + drafterClass(token.by[0]) : '');
        if (token.by.length > 0) {
          span.title = 'Guessed by ' + token.by.join(', ');
        }
        this.given.text.append(span);
        this.answer += token.text;
      }
    });
  }

  /** Now it is part of the conversation. */
  keep(facts, text = this.answer) {
    if (text !== this.answer) {
      this.given.text.textContent = text;
      this.answer = text;
    }
    this.given.text.className = '';
    if (this.answer === '') {
      this.given.text.textContent = '';
    }
    this.messages.push({role: 'user', content: this.question}, {role: 'assistant', content: this.answer});
    this.note(facts);
  }

  note(text) {
    follow(() => {
      const note = document.createElement('p');
      note.className = 'facts';
      note.textContent = text;
      this.given.item.append(note);
    });
  }

  /** It is no part of the conversation; what has come of the answer stays to be read. */
  drop() {
    if (this.answer === '') {
      this.asked.item.remove();
      this.given.item.remove();
      empty.hidden = list.children.length > 0;
    } else {
      this.note('Broken off; not part of the conversation.');
    }
  }
}
