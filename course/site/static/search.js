'use strict';
// PLACES: page, anchor, title of the page, title of the place, its text.
const MOST = 60, BEFORE = 60, LONG = 240;

// A word finds what begins with it; the plural finds the singular.
function pattern(word) {
  const stem = word.length > 3 ? word.replace(/s$/, '') : word;
  const plain = stem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp('(?<![\\p{L}\\p{N}])' + plain, 'iu');
}

// How well a place fits; 0: a word stands nowhere in it.
function weight(place, words) {
  const [, , title, name, text] = place;
  let sum = 0;
  for (const word of words) {
    const found = [[name, 8], [title, 3], [text, 1]].filter(([said]) => word.test(said));
    if (!found.length) return 0;
    sum += found.reduce((all, [, by]) => all + by, 0);
  }
  // A word of the page's title alone is no place.
  return words.some(word => word.test(name) || word.test(text)) ? sum : 0;
}

function search(query) {
  const words = query.split(/\s+/).filter(Boolean).map(pattern);
  if (!words.length) return [];
  return PLACES.map((place, order) => ({place, order, sum: weight(place, words)}))
    .filter(each => each.sum).sort((a, b) => b.sum - a.sum || a.order - b.order)
    .map(each => each.place);
}

// The text around the first word that is found, as nodes, with the words marked.
function excerpt(text, query) {
  const words = query.split(/\s+/).filter(Boolean).map(pattern);
  const at = words.map(word => text.search(word)).filter(place => place >= 0);
  let begin = Math.max(0, Math.min(...at, text.length) - BEFORE);
  if (!at.length) begin = 0;
  if (begin) begin = text.indexOf(' ', begin) + 1;
  let shown = text.slice(begin, begin + LONG);
  if (begin + LONG < text.length) shown = shown.replace(/\s\S*$/, '') + ' …';
  if (begin) shown = '… ' + shown;
  const line = document.createElement('p');
  const every = new RegExp('(' + words.map(word => word.source).join('|') + ')', 'giu');
  shown.split(every).forEach((part, number) => {
    const node = document.createElement(number % 2 ? 'mark' : 'span');
    node.textContent = part;
    line.append(node);
  });
  return line;
}

function show(query) {
  const found = search(query), list = document.getElementById('search-results');
  const pages = new Set(found.map(place => place[0])).size;
  const count = (n, word) => n + ' ' + word + (n === 1 ? '' : 's');
  list.replaceChildren(...found.slice(0, MOST).map(([page, anchor, title, name, text]) => {
    const item = document.createElement('li'), link = document.createElement('a');
    link.href = page + '.html?highlight=' + encodeURIComponent(query) + '#' + anchor;
    link.textContent = name || title;
    item.append(link);
    if (name && name !== title) item.append(' in ' + title);
    item.append(excerpt(text, query));
    return item;
  }));
  document.getElementById('search-summary').textContent = !query ? '' : !found.length
    ? 'Nothing has all of these words. Try fewer, or their beginnings.'
    : count(found.length, 'place') + ' on ' + count(pages, 'page')
      + (found.length > MOST ? ', the first ' + MOST + ' here' : '');
}

const asked = (new URLSearchParams(location.search).get('q') || '').trim();
for (const field of document.querySelectorAll('input[name=q]')) field.value = asked;
show(asked);
