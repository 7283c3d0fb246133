/* Rows of the upload page: opened and saved in place, chosen with box, Shift or all, worked by single keys. Used by upload.js. */
export const list = document.getElementById('files');
const bulk = document.getElementById('bulk');
const release = document.getElementById('release');
const FIELDS = 'input:not([type="checkbox"]), textarea, select, [contenteditable], dialog[open] *';
let said = 0;
let refusals = 0;
let lastPicked = null;
let turn = Promise.resolve();
let before = '';

const keysAllowed = document.documentElement.dataset.singleKeys !== 'off';

const rows = () => [...list.querySelectorAll('article[data-key]')];
const boxOf = (row) => row.querySelector('[name="pick"]');
const files = (number) => (number === 1 ? '1 file' : `${number} files`);
const tell = (text) => document.dispatchEvent(new CustomEvent('quiver:toast', { detail: text }));

/* Two hundred files are not read out one by one: the last word of a second is. */
export function announceLater(text) {
  clearTimeout(said);
  said = setTimeout(() => { document.getElementById('announce').textContent = text; }, 500);
}

/* The row as the server draws it takes the place of the old one; what somebody is typing in is left alone. */
export async function refresh(key, old = document.getElementById(`f-${key}`), open = false) {
  const answer = await fetch(`/upload/files/${key}${open ? '?open=1' : ''}`);
  if (!answer.ok || !old || (!open && old.contains(document.activeElement))) return null;
  return replace(old, await answer.text());
}

function replace(old, html) {
  const held = document.createElement('template');
  held.innerHTML = html.trim();
  const fresh = held.content.querySelector('article');
  const isPicked = old.querySelector('[name="pick"]')?.checked;
  old.replaceWith(fresh);
  if (isPicked) boxOf(fresh).checked = true;
  summarise();
  return fresh;
}

/* What stands above and beside the rows, from the rows themselves: how many need something, are ready, are chosen. */
export function summarise() {
  const all = rows();
  const needing = all.filter((row) => row.dataset.need);
  const ready = all.filter((row) => row.dataset.state === 'ready').length;
  const picked = all.filter((row) => boxOf(row)?.checked).length;
  const refused = [...list.querySelectorAll('[data-sending].is-err')];
  const button = release.querySelector('button');
  button.textContent = `Release ${ready} ready`;
  button.disabled = !ready;
  document.getElementById('files-bar').hidden = !all.length;
  const needs = document.getElementById('needs');
  needs.hidden = !needing.length && !refused.length;
  needs.querySelector('[data-needs-title]').textContent = [
    needing.length && `${needing.length} of ${files(all.length)} need${needing.length === 1 ? 's' : ''} something from you`,
    refused.length && `${files(refused.length)} ${refused.length === 1 ? 'was' : 'were'} not kept`,
  ].filter(Boolean).join(', ');
  needs.querySelector('[data-needs-list]').replaceChildren(...refused.map(refusalOf), ...needing.map(needOf));
  document.querySelector('[data-picked]').textContent = picked ? `${picked} of ${all.length} chosen` : '';
  const [toChosen, toAll] = [bulk.querySelector('[data-to-chosen]'), bulk.querySelector('[data-to-all]')];
  toChosen.textContent = picked ? `Apply to ${files(picked)} chosen` : 'Apply to the chosen files';
  toChosen.disabled = !picked;
  toAll.textContent = `Apply to all ${files(all.length)} shown`;
  toAll.disabled = !all.length;
  const pickAll = document.querySelector('[data-pick-all]');
  pickAll.checked = picked > 0 && picked === all.length;
  pickAll.indeterminate = picked > 0 && picked < all.length;
}

function linkTo(row, words) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = `#${row.id}`;
  link.textContent = words;
  item.append(link);
  return item;
}

const needOf = (row) => linkTo(row, `${row.dataset.title}: ${row.dataset.need}`);

/* A refused file has no key; its row gets a place to go to when it is first listed. */
function refusalOf(row) {
  if (!row.id) {
    refusals += 1;
    row.id = `refused-${refusals}`;
    row.tabIndex = -1;
  }
  return linkTo(row, `${row.querySelector('[data-name]').textContent}: not kept`);
}

/* One form at a time is open; it comes when it is opened. */
async function opened(details) {
  const row = details.closest('[data-key]');
  for (const other of list.querySelectorAll('details[open]')) {
    if (other !== details && other.parentElement.matches('[data-key]') && !other.contains(document.activeElement)) other.open = false;
  }
  if (details.hasAttribute('data-loaded')) return;
  row.classList.add('is-loading');
  const fresh = await refresh(row.dataset.key, row, true).catch(() => null);
  row.classList.remove('is-loading');
  fresh?.querySelector('summary')?.focus({ preventScroll: true });
}

function pick(row, checked, withShift) {
  const all = rows();
  const run = withShift && lastPicked?.isConnected ? [all.indexOf(lastPicked), all.indexOf(row)].sort((a, b) => a - b) : null;
  for (const one of run ? all.slice(run[0], run[1] + 1) : [row]) boxOf(one).checked = checked;
  lastPicked = row;
  summarise();
}

/* Saving a row stays on the page, so that the other rows keep what was typed in them. */
async function save(sent, button) {
  const row = sent.closest('[data-key]');
  button?.setAttribute('aria-busy', 'true');
  const answer = await fetch(sent.action, { method: 'POST', body: new FormData(sent), headers: { Accept: 'application/json' } }).catch(() => null);
  button?.removeAttribute('aria-busy');
  if (!answer) {
    tell('The server did not answer. Your words are still here; save again.');
  } else if (answer.headers.get('Content-Type')?.includes('json')) {
    const told = await answer.json();
    if (!answer.ok) { tell(told.detail); return; }
    (await refresh(row.dataset.key, row, true))?.querySelector('summary')?.focus();
    tell('Saved');
  } else {
    replace(row, await answer.text()).querySelector('[data-focus]')?.focus();
  }
}

/* Decisions on tags go one after the other, each knowing the revision the one before made. */
function decide(key, name, values) {
  turn = turn.then(async () => {
    const row = document.getElementById(`f-${key}`);
    const body = new FormData();
    body.append('revision', row.querySelector('[data-tags] [name="revision"]').value);
    for (const value of values) body.append(name, value);
    const answer = await fetch(`/upload/files/${key}/tags`, { method: 'POST', body, headers: { Accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) tell((await answer?.json().catch(() => null))?.detail ?? 'The server did not answer. Nothing was changed; try again.');
    (await refresh(key, document.getElementById(`f-${key}`), true))?.querySelector('summary')?.focus({ preventScroll: true });
    if (answer?.ok) announceLater(name === 'keep' ? 'Kept' : 'Not suggested any more');
  });
}

function pressed(button) {
  if (!button) return;
  const form = button.form;
  const key = form.closest('[data-key]').dataset.key;
  const name = button.name || 'keep';
  const values = button.name ? [button.value] : [...form.querySelectorAll('[name="keep"]')].map((field) => field.value);
  decide(key, name, values);
}

const current = () => document.activeElement?.closest?.('article[data-key]') ?? list.querySelector('article[data-key]:has(> details[open])');

function step(by) {
  const all = rows();
  const place = all.indexOf(current());
  const next = all[place < 0 ? 0 : place + by];
  const target = next?.querySelector('summary') ?? next?.querySelector('[name="pick"]');
  target?.focus();
}

/* The ready file alone; the page comes back without it. */
function releaseThis(row) {
  const ready = row?.querySelector('[name="ready"]');
  if (!ready) {
    tell(row ? 'This file still needs something.' : 'Open a file first.');
    return;
  }
  for (const other of list.querySelectorAll('[name="ready"]')) other.disabled = other !== ready;
  release.requestSubmit();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: (event) => { const row = current(); if (row) pick(row, !boxOf(row).checked, event.shiftKey); },
  r: () => releaseThis(current()),
};

function onKey(event) {
  const after = before;
  before = event.key;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || after === 'g' || event.target.matches?.(FIELDS) || !keysAllowed) return;
  const tag = current()?.querySelector(`[data-key-of="${CSS.escape(event.key)}"]`);
  const action = tag ? () => pressed(tag) : KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action(event);
}

export function watchRows() {
  list.addEventListener('toggle', (event) => { if (event.target.open && event.target.parentElement.matches('[data-key]')) opened(event.target); }, true);
  list.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.matches('[data-row-form]')) { event.preventDefault(); save(form, event.submitter); }
    if (form.matches('[data-tags]')) { event.preventDefault(); pressed(event.submitter); }
  });
  list.addEventListener('click', (event) => {
    if (event.target.matches('[name="pick"]')) pick(event.target.closest('[data-key]'), event.target.checked, event.shiftKey);
    const link = event.target.closest('[data-open]');
    if (link) event.preventDefault();
  });
  document.getElementById('needs').addEventListener('click', (event) => {
    const row = event.target.closest('a') && document.querySelector(event.target.closest('a').getAttribute('href'));
    const details = row?.querySelector('details');
    if (row && !details) { event.preventDefault(); row.scrollIntoView({ block: 'start' }); row.focus({ preventScroll: true }); }
    if (details) { event.preventDefault(); details.open = true; row.scrollIntoView({ block: 'start' }); row.querySelector('summary').focus({ preventScroll: true }); }
  });
  document.querySelector('[data-pick-all]').addEventListener('change', (event) => {
    for (const row of rows()) boxOf(row).checked = event.target.checked;
    summarise();
  });
  document.addEventListener('keydown', onKey);
  summarise();
}
