/* The upload page: files, folders and ZIPs by drop or button, one row each with its true progress; rows follow the reading by polling,
   open and save in place, and are worked by keys. Without this the same forms work one page at a time. */
import { cancel, isBusy, queue, wake } from './sending.js';
import { announceLater, list, refresh, summarise, watchRows } from './upload-rows.js';

const POLL = 1200;
const ASKED = 100;
const ROUNDS = 20; // of polling in which the suggestions of a file just read are waited for
const form = document.querySelector('[data-upload]');
const blank = document.getElementById('sending');
const drop = form.querySelector('.drop');
const input = form.querySelector('input[type="file"]');
const folderInput = document.querySelector('[data-folder]');
const unsuggested = new Map(); // key of a row just read -> rounds left
const megabytes = (bytes) => (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0);

function newRow(name) {
  const row = blank.content.firstElementChild.cloneNode(true);
  const part = (which) => row.querySelector(`[data-${which}]`);
  part('name').textContent = name;
  part('cancel').setAttribute('aria-label', `Cancel ${name}`);
  row.querySelector('progress').setAttribute('aria-label', `Uploading ${name}`);
  list.hidden = false;
  document.getElementById('no-files')?.remove();
  return { row, part, progress: row.querySelector('progress') };
}

function take(file, folder = '') {
  const shown = newRow(file.name);
  const sending = { file, folder, part: Number(form.dataset.part), offset: 0, on: reports(file, shown) };
  list.querySelector(`[data-unfinished][data-name="${CSS.escape(file.name)}"][data-size="${file.size}"]`)?.remove();
  list.prepend(shown.row);
  shown.part('cancel').addEventListener('click', () => { cancel(sending); shown.row.remove(); });
  shown.part('retry').addEventListener('click', () => { if (sending.wake) wake(sending); else begin(sending, shown); });
  shown.part('drop').addEventListener('click', () => { cancel(sending); shown.row.remove(); summarise(); });
  begin(sending, shown);
}

function begin(sending, shown) {
  if (sending.file.size > Number(form.dataset.max)) {
    fail(shown, sending.file.name, `This file has ${megabytes(sending.file.size)} MB; at most ${megabytes(Number(form.dataset.max))} MB can be kept. Save it smaller or split it.`);
    return;
  }
  queue(sending);
}

/* What a sending file says in its row. */
function reports(file, { row, part, progress }) {
  let began = 0;
  const calm = () => {
    part('problem').hidden = true;
    row.classList.remove('is-err');
    progress.hidden = false;
    part('cancel').hidden = false;
  };
  return {
    waiting() {
      calm();
      part('state').textContent = 'Waiting for its turn';
    },
    progress(sent) {
      calm();
      began ||= Date.now();
      const total = file.size;
      const seconds = (Date.now() - began) / 1000;
      const left = Math.round(seconds * (total / Math.max(sent, 1) - 1));
      const share = Math.min(100, Math.floor((100 * sent) / total));
      progress.value = share;
      part('share').textContent = `${share}%`;
      const rest = seconds > 2 && left > 1 ? ` · about ${left < 90 ? `${left} seconds` : `${Math.round(left / 60)} minutes`} left` : '';
      part('state').textContent = `${megabytes(Math.min(sent, total))} of ${megabytes(total)} MB${rest}`;
    },
    safe() {
      part('state').textContent = 'Sent. Waiting until it is safely kept';
    },
    lost(offset) {
      part('state').textContent = `The connection was lost. ${megabytes(offset)} of ${megabytes(file.size)} MB are kept, and it goes on by itself`;
      part('why').textContent = 'Nothing has to be sent twice. Leave the page open, or try at once.';
      part('problem').hidden = false;
      part('retry').hidden = false;
      part('drop').hidden = true;
      began = 0;
    },
    failed(why, files) {
      const refused = files?.filter((one) => one.detail) ?? [];
      if (refused.length > 1) show(refused, row);
      else fail({ row, part, progress }, file.name, refused[0]?.detail ?? why);
    },
    kept: (files) => show(files, row),
  };
}

/* The rows of what became of a file or of a ZIP's files, in its place; those refused stay, each with its sentence. */
async function show(files, row) {
  for (const one of files.filter((file) => file.detail)) {
    const shown = newRow(one.name);
    row.after(shown.row);
    shown.part('drop').addEventListener('click', () => { shown.row.remove(); summarise(); });
    fail(shown, one.name, one.detail);
  }
  const kept = files.filter((file) => file.key);
  announceLater(kept.length === 1 ? `${kept[0].name} is kept` : `${kept.length} files are kept`);
  for (const one of kept) {
    const place = document.createElement('article');
    place.id = `f-${one.key}`;
    row.before(place);
    const drawn = await refresh(one.key, place);
    if (drawn && drawn.dataset.state !== 'reading' && drawn.dataset.suggested === '0') unsuggested.set(one.key, ROUNDS);
  }
  row.remove();
  summarise();
}

/* A file that was refused is refused again, so there is no other try. */
function fail({ row, part, progress }, name, why) {
  row.classList.add('is-err');
  progress.hidden = true;
  part('cancel').hidden = true;
  part('share').textContent = '';
  part('state').textContent = 'Not kept';
  part('why').textContent = why;
  part('problem').hidden = false;
  part('retry').hidden = true;
  part('drop').hidden = false;
  announceLater(`${name}: ${why}`);
  summarise();
}

const isLeftAlone = (key) => Boolean(document.querySelector(`#f-${key} details[open]`));

/* Tags are suggested a moment after a file was read; a row that somebody opened has asked for them by itself. */
async function follow(file) {
  if (file.state === 'reading') return;
  const left = unsuggested.get(file.key);
  if (left === undefined) {
    if (!file.suggested) unsuggested.set(file.key, ROUNDS);
    await refresh(file.key);
  } else if (file.suggested || left === 0) {
    unsuggested.delete(file.key);
    if (file.suggested && !isLeftAlone(file.key)) await refresh(file.key);
  } else {
    unsuggested.set(file.key, left - 1);
  }
}

async function poll() {
  const reading = [...list.querySelectorAll('[data-state="reading"]')].map((row) => row.dataset.key);
  const asked = [...reading, ...unsuggested.keys()].slice(0, ASKED);
  if (asked.length) {
    try {
      const answer = await fetch(`/upload/status?ids=${asked.join(',')}`);
      const { files } = await answer.json();
      for (const file of files) await follow(file);
      const told = new Set(files.map((file) => file.key));
      for (const key of asked.filter((one) => !told.has(one))) {
        unsuggested.delete(key);
        document.getElementById(`f-${key}`)?.remove();
      }
    } catch {
      // the next round asks again
    }
  }
  setTimeout(poll, POLL);
}

/* What a drop holds, folders opened; each file with the folder it lay in. */
async function* filesOf(entry, folder = '') {
  if (entry.isFile) {
    yield [await new Promise((done, failed) => { entry.file(done, failed); }), folder];
    return;
  }
  const reader = entry.createReader();
  const inside = folder ? `${folder}/${entry.name}` : entry.name;
  for (;;) {
    const found = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!found.length) return;
    for (const one of found) yield* filesOf(one, inside);
  }
}

const isLitter = (name) => name.startsWith('.') || ['Thumbs.db', 'desktop.ini'].includes(name);

async function takeDrop(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) {
    for (const file of data.files) take(file);
    return;
  }
  for (const entry of entries) {
    for await (const [file, folder] of filesOf(entry)) if (!isLitter(file.name)) take(file, folder);
  }
}

input.addEventListener('change', () => {
  for (const file of input.files) take(file);
  input.value = '';
});
folderInput.addEventListener('change', () => {
  for (const file of folderInput.files) if (!isLitter(file.name)) take(file, file.webkitRelativePath.split('/').slice(0, -1).join('/'));
  folderInput.value = '';
});
document.querySelector('[data-choose-folder]').addEventListener('click', () => folderInput.click());
form.addEventListener('submit', (event) => event.preventDefault());
for (const kind of ['dragover', 'drop']) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener('dragover', (event) => drop.classList.toggle('is-over', event.dataTransfer.types.includes('Files')));
document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) drop.classList.remove('is-over'); });
document.addEventListener('drop', (event) => { drop.classList.remove('is-over'); takeDrop(event.dataTransfer); });
window.addEventListener('beforeunload', (event) => { if (isBusy()) event.preventDefault(); });
watchRows();
poll();
