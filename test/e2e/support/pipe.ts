import { connect, createServer } from 'node:net';

// Leads connections from one place to another, by a socket of the file system where the two are in other network
// namespaces: node pipe.ts FROM TO, each a path or PORT on 127.0.0.1. Prints "ready" once it listens.

const place = (text: string) => (text.includes('/') ? { path: text } : { host: '127.0.0.1', port: Number(text) });
const [from = '', to = ''] = process.argv.slice(2);

createServer((inner) => {
  const outer = connect(place(to));
  inner.pipe(outer);
  outer.pipe(inner);
  inner.on('error', () => outer.destroy());
  outer.on('error', () => inner.destroy());
}).listen(place(from), () => process.stdout.write('ready\n'));
