// The picture of the split: layers, round trips, drafters.

const SHOWN_TRIPS = 60;
const LISTED_TRIPS = 12;
const KNOWN = ['suffix', 'retrieval', 'standin', 'lookahead', 'model'];
const SVG = 'http://www.w3.org/2000/svg';

const still = matchMedia('(prefers-reduced-motion: reduce)');
const byId = (id) => document.getElementById(id);

let trips = [];
let count = 0;
let brought = 0;
let guesses = new Map();
let flights = [];

/** How a drafter's tokens are marked. */
export function drafterClass(name) {
  const known = KNOWN.indexOf(name.split(':')[0]);
  return 'd' + (known >= 0 ? known : KNOWN.length);
}

export function bytes(count) {
  return count < 1000 ? count + ' B' : count < 1e6 ? (count / 1000).toFixed(count < 1e4 ? 1 : 0) + ' kB' : (count / 1e6).toFixed(1) + ' MB';
}

function block(id, layers, text) {
  const bars = byId(id).querySelector('.bars');
  bars.replaceChildren(...Array.from({length: layers}, () => document.createElement('i')));
  byId(id).querySelector('p').textContent = text;
}

function range(from, to) {
  const layers = to - from;
  return layers === 0 ? 'no layers' : layers === 1 ? 'layer ' + from : 'layers ' + from + '\u2060–\u2060' + (to - 1);
}

export function draw(split) {
  block('top', split.layers - split.to, 'Top: ' + range(split.to, split.layers) + ' and the output head');
  block('middle', split.to - split.from, 'Middle: ' + range(split.from, split.to));
  block('bottom', split.from, 'Bottom: the embedding and ' + range(0, split.from));
  byId('place').textContent =
    (split.embedded ? 'The cloud is embedded: it runs in the server’s own process.' : 'The cloud: ' + split.servers.join(', ') + '.') +
    ' Hidden states of ' + split.hiddenSize + ' numbers a token travel as ' + split.wire + '.';
}

function move(circle, from, to, delay, duration) {
  return circle.animate(
    [
      {opacity: 1, transform: 'translateX(' + from + 'px)'},
      {opacity: 1, transform: 'translateX(' + to + 'px)'},
    ],
    {delay, duration, easing: 'linear'});
}

/** A round trip begins, which will take about as long as the last one. */
export function depart(millis) {
  land();
  if (still.matches) {
    byId('middle').classList.add('lit');
    return;
  }
  const all = Math.max(240, Math.min(millis, 3000));
  flights = [
    move(byId('up'), 0, 84, 0, all * 0.4),
    move(byId('down'), 0, -84, all * 0.6, all * 0.4),
  ];
  byId('middle').classList.add('lit');
}

/** Nothing is under way. */
export function land() {
  flights.forEach((flight) => flight.cancel());
  flights = [];
  byId('middle').classList.remove('lit');
}

export function tally(tokens) {
  for (const token of tokens) {
    const name = token.by[0] ?? '';
    guesses.set(name, (guesses.get(name) ?? 0) + 1);
  }
  legend();
}

export function arrived(trip) {
  const own = trip.tokens.filter((token) => token.by.length === 0).length;
  trips.push({own, guessed: trip.tokens.length - own, trip});
  trips = trips.slice(-SHOWN_TRIPS);
  count++;
  brought += trip.tokens.length;
  tally(trip.tokens);
  byId('flight').textContent =
    trip.drafted + ' drafted, ' + trip.accepted + ' accepted' + (trip.ahead ? ', sent ahead' : '') + '. ' +
    bytes(trip.bytesUp) + ' up, ' + bytes(trip.bytesDown) + ' down, ' + Math.round(trip.millis) + ' ms.';
  byId('flight').dataset.millis = trip.millis;
  byId('rate').textContent =
    (brought / count).toFixed(1) + ' tokens per round trip, over ' + count + (count === 1 ? ' round trip.' : ' round trips.');
  chart();
  table();
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
}

function chart() {
  const root = byId('chart');
  const most = Math.max(4, ...trips.map((trip) => trip.own + trip.guessed));
  const left = 20, bottom = 82, height = 74;
  const width = (360 - left) / SHOWN_TRIPS;
  const y = (tokens) => bottom - (tokens / most) * height;
  const parts = [];
  for (const tokens of [0, Math.round(most / 2), most]) {
    parts.push(svg('line', {x1: left, x2: 360, y1: y(tokens), y2: y(tokens)}));
    const text = svg('text', {x: left - 5, y: y(tokens) + 3.5, 'text-anchor': 'end'});
    text.textContent = tokens;
    parts.push(text);
  }
  trips.forEach(({own, guessed}, i) => {
    const x = left + i * width + 0.7;
    parts.push(svg('rect', {class: 'own', x, y: y(own), width: width - 1.4, height: bottom - y(own)}));
    if (guessed > 0) {
      const top = y(own + guessed);
      parts.push(svg('rect', {class: 'guessed', x, y: top, width: width - 1.4, height: Math.max(1, y(own) - top - 1)}));
    }
  });
  const title = svg('text', {x: left, y: 94});
  title.textContent = 'Lower part: the model’s own. Upper part: guessed and accepted.';
  parts.push(title);
  root.replaceChildren(...parts);
  root.setAttribute('aria-label', 'Tokens of the last ' + trips.length + ' round trips: ' +
    trips.slice(-10).map((trip) => trip.own + trip.guessed).join(', '));
}

function table() {
  byId('trips').replaceChildren(...trips.slice(-LISTED_TRIPS).reverse().map(({trip}) => {
    const row = document.createElement('tr');
    for (const cell of [trip.drafted, trip.accepted, bytes(trip.bytesUp), bytes(trip.bytesDown), Math.round(trip.millis)]) {
      const data = document.createElement('td');
      data.textContent = cell;
      row.append(data);
    }
    return row;
  }));
}

function legend() {
  byId('legend').replaceChildren(...[...guesses].sort().map(([name, tokens]) => {
    const item = document.createElement('li');
    const mark = document.createElement('span');
    mark.className = name === '' ? '' : drafterClass(name);
    mark.textContent = name === '' ? 'nobody (plain)' : name;
    const number = document.createElement('b');
    number.textContent = ' ' + tokens;
    item.append(mark, number);
    return item;
  }));
}

export function forget() {
  trips = [];
  count = 0;
  brought = 0;
  guesses = new Map();
  land();
  byId('flight').textContent = 'No round trip yet.';
  byId('rate').textContent = 'Each round trip brings at least one token, and more where draft tokens are right.';
  byId('chart').setAttribute('aria-label', 'No round trip yet');
  byId('chart').replaceChildren();
  byId('trips').replaceChildren();
  byId('legend').replaceChildren();
}
