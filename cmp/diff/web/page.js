const byId = id => document.getElementById(id);
const box = byId('search'), none = byId('none'), count = byId('count');
const sections = [...document.querySelectorAll('main section')];
const folds = [...document.querySelectorAll('main details')];
const items = [...document.querySelectorAll('main li')];
const groupOf = item => item.closest('section').dataset.group;

// An id says which object it is, or which field where one entry is about many objects.
const nameOf = item => {
  const heading = item.querySelector('h3').textContent, group = groupOf(item);
  if (group === 'everywhere') return item.querySelector('dt').textContent;
  return group === 'traffic split' ? 'split ' + heading : heading;
};
const used = new Map();
const newId = name => {
  const base = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
  let number = used.get(base) || 0, id;
  do { number += 1; id = number > 1 ? base + '-' + number : base; } while (byId(id));
  used.set(base, number);
  return id;
};
for (const item of items) {
  item.id = newId(nameOf(item));
  item.tabIndex = -1;
  const heading = item.querySelector('h3'), link = document.createElement('a');
  link.href = '#' + item.id;
  link.append(...heading.childNodes);
  heading.append(link);
}
// A long path breaks before its dots and brackets, so that no word is cut.
for (const path of document.querySelectorAll('main dt')) {
  const parts = path.textContent.split(/(?=[.[])/);
  if (path.textContent.length > 30) path.replaceChildren(...parts.flatMap(part => [document.createElement('wbr'), part]).slice(1));
}

let texts;            // of each item, made with the first search
let foldsBefore;      // which folds were open before the search

const search = () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  texts ||= items.map(item => (groupOf(item) + ' ' + item.textContent).toLowerCase());
  if (words.length && !foldsBefore) foldsBefore = folds.map(fold => fold.open);
  items.forEach((item, n) => { item.hidden = !words.every(word => texts[n].includes(word)); });
  let shown = 0;
  for (const section of sections) {
    const here = section.querySelectorAll('li:not([hidden])').length, all = section.querySelectorAll('li').length;
    section.hidden = !here;
    section.querySelector('.count').textContent = words.length ? here + ' of ' + all : all;
    shown += here;
  }
  if (words.length) folds.forEach(fold => { fold.open = true; });
  else if (foldsBefore) { folds.forEach((fold, n) => { fold.open = foldsBefore[n]; }); foldsBefore = null; }
  none.hidden = shown > 0 || !words.length;
  count.hidden = !words.length;
  count.textContent = shown + ' shown';
};

// The address tells an object or a search, so that both survive a reload and can be sent to others.
const remember = hash => { try { history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search); } catch { /* a file that may not */ } };
const show = item => {
  for (let fold = item.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
  item.focus({ preventScroll: true });
  // The first object of a group comes with the group's heading, which the search bar would cut otherwise.
  (item.previousElementSibling ? item : item.closest('section')).scrollIntoView({ block: 'start' });
};
const follow = () => {
  const wanted = decodeURIComponent(location.hash.slice(1)), target = byId(wanted);
  if (target?.matches('main li')) show(target);
  else if (!target && wanted) { box.value = wanted; search(); }
};

const step = by => {
  const seen = items.filter(item => !item.hidden && item.closest('section > details').open);
  const at = seen.findIndex(item => item.contains(document.activeElement));
  const next = seen[at < 0 ? (by > 0 ? 0 : seen.length - 1) : Math.min(Math.max(at + by, 0), seen.length - 1)];
  if (next) { show(next); remember(next.id); }
};

box.addEventListener('input', () => { search(); remember(encodeURIComponent(box.value.trim())); });
addEventListener('hashchange', follow);
addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement === box) {
    if (event.key === 'Escape') { box.value = ''; search(); remember(''); box.blur(); }
    return;
  }
  if (event.key === '/') { event.preventDefault(); box.focus(); box.select(); }
  else if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
  else if (event.key === 'Enter' && document.activeElement.matches('main li'))
    for (const fold of document.activeElement.querySelectorAll('details')) fold.open = !fold.open;
});
follow();
