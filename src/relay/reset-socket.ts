import type { Socket } from 'node:net';

/**
 * Ends a socket with a reset. One whose own side has ended already cannot be reset any more (uv_tcp_close_reset refuses
 * after a shutdown, and the socket would never be closed): it is closed, and what its peer still sends is answered with
 * a reset by the kernel.
 */
export const resetSocket = (socket: Socket): void => {
  if (socket.destroyed) return;
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
};
