'use strict';
// What is folded opens where a link leads into it, and on paper.
function reveal() {
  const place = location.hash && document.getElementById(
    decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  for (let at = place; at; at = at.parentElement)
    if (at.localName === 'details') at.open = true;
  place.scrollIntoView();
}
addEventListener('hashchange', reveal);
addEventListener('DOMContentLoaded', reveal);
// What is wider than its box is reached, and so moved, by the keyboard.
function reach() {
  for (const box of document.querySelectorAll('pre, .table-wrapper'))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}
addEventListener('load', reach);
addEventListener('resize', reach);
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('main details:not([open]), '
    + '[role=main] details:not([open])')];
  opened.forEach(each => { each.open = true; });
});
addEventListener('afterprint', () => opened.forEach(each => { each.open = false; }));
