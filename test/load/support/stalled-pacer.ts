import { parentPort } from 'node:worker_threads';

// The pacer in a thread that loses its CPU each time it has woken the generator, for a little longer than a second.

const stallMs = 1100;
if (parentPort === null) throw new Error('stalled-pacer.ts runs only as a worker thread.');
const port = parentPort;
const post = port.postMessage.bind(port);
const cell = new Int32Array(new SharedArrayBuffer(4));
let isReady = false;
port.postMessage = (message) => {
  post(message);
  if (isReady) Atomics.wait(cell, 0, 0, stallMs);
  isReady = true;
};
await import('../../../src/load/pacer.ts');
