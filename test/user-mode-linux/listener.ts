// Accepts connections on the ports that are its arguments, and says so once it does.
import { once } from 'node:events';
import { createServer } from 'node:net';

const ports = process.argv.slice(2).map(Number);
for (const port of ports) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  server.listen({ port, host: '::', backlog: 100 });
  await once(server, 'listening');
}
process.stdout.write('listening\n');
