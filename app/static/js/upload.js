/* Files by drop or button, one row each with its true progress, two at a time; then rows follow the reading by polling.
   Without this the same form sends all chosen files at once. */
const AT_ONCE = 2;
const POLL = 1200;
const form = document.querySelector('[data-upload]');
const list = document.getElementById('files');
const blank = document.getElementById('sending');
const waiting = [];
let running = 0;
let later = 0;

const announce = (text) => { document.getElementById('announce').textContent = text; };
const megabytes = (bytes) => (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0);

function newRow(file) {
  const row = blank.content.firstElementChild.cloneNode(true);
  const part = (name) => row.querySelector(`[data-${name}]`);
  part('name').textContent = file.name;
  part('cancel').setAttribute('aria-label', `Cancel ${file.name}`);
  row.querySelector('progress').setAttribute('aria-label', `Uploading ${file.name}`);
  list.hidden = false;
  document.getElementById('no-files')?.remove();
  list.prepend(row);
  return { file, row, part, progress: row.querySelector('progress'), request: null, began: 0 };
}

function take(files) {
  for (const file of files) {
    const job = newRow(file);
    job.part('cancel').addEventListener('click', () => cancel(job));
    job.part('retry').addEventListener('click', () => queue(job));
    job.part('drop').addEventListener('click', () => job.row.remove());
    queue(job);
  }
}

function queue(job) {
  job.part('problem').hidden = true;
  job.row.classList.remove('is-err');
  job.progress.hidden = false;
  job.part('cancel').hidden = false;
  if (job.file.size > Number(form.dataset.max)) {
    fail(job, `This file has ${megabytes(job.file.size)} MB; at most ${megabytes(Number(form.dataset.max))} MB can be kept. Save it smaller or split it.`, false);
    return;
  }
  job.part('state').textContent = 'Waiting for its turn';
  waiting.push(job);
  startNext();
}

function startNext() {
  while (running < AT_ONCE && waiting.length) send(waiting.shift());
}

function send(job) {
  const body = new FormData();
  body.append('file', job.file);
  const request = new XMLHttpRequest();
  job.request = request;
  job.began = Date.now();
  running += 1;
  request.open('POST', form.action);
  request.setRequestHeader('Accept', 'application/json');
  request.responseType = 'json';
  request.upload.addEventListener('progress', (event) => showProgress(job, event));
  request.upload.addEventListener('load', () => { job.part('state').textContent = 'Sent. Waiting until it is safely kept'; });
  request.addEventListener('load', () => received(job, request));
  request.addEventListener('error', () => fail(job, 'The connection dropped before the file was kept. Nothing of it is stored; try again.'));
  request.addEventListener('loadend', () => { running -= 1; startNext(); });
  request.send(body);
}

function showProgress(job, { loaded, total }) {
  const share = Math.floor((100 * loaded) / total);
  const seconds = (Date.now() - job.began) / 1000;
  const left = Math.round(seconds * (total / loaded - 1));
  job.progress.value = share;
  job.part('share').textContent = `${share}%`;
  const rest = seconds > 2 && left > 1 ? ` · about ${left < 90 ? `${left} seconds` : `${Math.round(left / 60)} minutes`} left` : '';
  job.part('state').textContent = `${megabytes(loaded)} of ${megabytes(total)} MB${rest}`;
}

function received(job, request) {
  if (request.status >= 400 || !request.response?.key) {
    const again = request.status >= 500 || request.status === 429;
    fail(job, request.response?.detail ?? `The server answered ${request.status} and did not keep the file.`, again);
    return;
  }
  announce(`${job.file.name} is kept`);
  refresh(request.response.key, job.row);
}

/* A file that was refused is refused again; only trouble on the way is worth another try. */
function fail(job, why, again = true) {
  job.row.classList.add('is-err');
  job.progress.hidden = true;
  job.part('cancel').hidden = true;
  job.part('share').textContent = '';
  job.part('state').textContent = 'Not kept';
  job.part('why').textContent = why;
  job.part('problem').hidden = false;
  job.part('retry').hidden = !again;
  announce(`${job.file.name}: ${why}`);
}

function cancel(job) {
  const place = waiting.indexOf(job);
  if (place >= 0) waiting.splice(place, 1);
  job.request?.abort();
  job.row.remove();
}

/* The row as the server draws it takes the place of the old one; what somebody is typing in is left alone. */
async function refresh(key, old = document.getElementById(`f-${key}`)) {
  const answer = await fetch(`/upload/files/${key}`);
  if (!answer.ok || !old || old.contains(document.activeElement)) return;
  const fresh = replace(old, await answer.text());
  const details = fresh.querySelector('details');
  if (details?.open && list.querySelectorAll('details[open]').length > 1) details.open = false; // one form at a time
}

function replace(old, html) {
  const held = document.createElement('template');
  held.innerHTML = html.trim();
  const fresh = held.content.querySelector('article');
  old.replaceWith(fresh);
  clearTimeout(later);
  later = setTimeout(summarise, 300);
  return fresh;
}

/* What stands above and beside the rows: how many need something, how many are ready. */
async function summarise() {
  const answer = await fetch('/upload').catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const place of ['#needs', '#release', '#all button']) {
    document.querySelector(place).replaceWith(page.querySelector(place));
  }
}

async function poll() {
  const reading = [...list.querySelectorAll('[data-state="reading"]')].map((row) => row.dataset.key);
  if (reading.length) {
    try {
      const answer = await fetch(`/upload/status?ids=${reading.join(',')}`);
      const { files } = await answer.json();
      await Promise.all(files.filter((file) => file.state !== 'reading').map((file) => refresh(file.key)));
    } catch {
      // the next round asks again
    }
  }
  setTimeout(poll, POLL);
}

/* Saving a row stays on the page, so that the other rows keep what was typed in them. */
list.addEventListener('submit', async (event) => {
  const sent = event.target.closest('[data-row-form]');
  if (!sent) return;
  event.preventDefault();
  const row = sent.closest('[data-key]');
  const answer = await fetch(sent.action, { method: 'POST', body: new FormData(sent), headers: { Accept: 'application/json' } }).catch(() => null);
  const tell = (text) => document.dispatchEvent(new CustomEvent('quiver:toast', { detail: text }));
  if (!answer) {
    tell('The server did not answer. Your words are still here; save again.');
  } else if (answer.headers.get('Content-Type')?.includes('json')) {
    const told = await answer.json();
    if (!answer.ok) { tell(told.detail); return; }
    const page = await fetch(`/upload/files/${row.dataset.key}`);
    replace(row, await page.text()).querySelector('summary')?.focus();
    tell('Saved');
  } else {
    replace(row, await answer.text()).querySelector('[data-focus]')?.focus();
  }
});

const input = form.querySelector('input[type="file"]');
const drop = form.querySelector('.drop');
input.addEventListener('change', () => { take(input.files); input.value = ''; });
form.addEventListener('submit', (event) => event.preventDefault());
for (const kind of ['dragover', 'drop']) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener('dragover', (event) => drop.classList.toggle('is-over', event.dataTransfer.types.includes('Files')));
document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) drop.classList.remove('is-over'); });
document.addEventListener('drop', (event) => { drop.classList.remove('is-over'); take(event.dataTransfer.files); });
window.addEventListener('beforeunload', (event) => { if (running || waiting.length) event.preventDefault(); });
poll();
