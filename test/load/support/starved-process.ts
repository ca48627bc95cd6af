import { startLoad } from '../../../src/load/index.ts';

// A load in a process that may open few files: prints how its requests ended. Arguments: port, how many requests.
const [port = 0, requests = 0] = process.argv.slice(2).map(Number);
const ratePerSecond = 200;
const endings: Record<string, number> = {};
let sent = 0;
const load = await startLoad({
  targets: [{ host: '127.0.0.1', port, path: '/' }],
  ratePerSecond,
  connection: 'fresh',
  timeoutMs: 2000,
  runStartNs: process.hrtime.bigint(),
  maxDurationMs: (requests * 1000) / ratePerSecond,
  onBatch: (records) => {
    for (const { outcome, code, sentMs } of records) {
      const key = `${outcome} ${code}`;
      endings[key] = (endings[key] ?? 0) + 1;
      if (sentMs !== null) sent += 1;
    }
  },
});
// Past its end, a schedule offers nothing more.
await new Promise((resolve) => setTimeout(resolve, (requests * 1000) / ratePerSecond + 100));
const { offered } = await load.stop();
process.stdout.write(JSON.stringify({ offered, sent, endings }));
