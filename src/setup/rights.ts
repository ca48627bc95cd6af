import type { CheckName } from './check.ts';

/** What a step of `npm run setup`, or a run, does that takes more than a user's own rights; `takesRoot` null: nothing. */
export type Rights = { readonly takesRoot: string | null; readonly why: string };

/** Of every step and of a run, in their order. A step that finds what it needs does nothing, and takes no rights at all. */
export const rights: Readonly<Record<CheckName | 'run', Rights>> = {
  disk: { takesRoot: null, why: 'it only reads' },
  engine: {
    takesRoot: 'where no engine answers',
    why: 'apt-get installs its packages, and dockerd is started',
  },
  reach: { takesRoot: null, why: 'it only reads' },
  inotify: { takesRoot: null, why: 'it only reads; to raise limits by sysctl, which takes root, is left to you' },
  privileged: {
    takesRoot: 'where an engine before 23 asks for capabilities that the machine lacks',
    why: '/etc/docker/daemon.json names a runtime that leaves them out, and dockerd reads it again',
  },
  kind: { takesRoot: null, why: "it lies in the user's cache folder" },
  'node-image': {
    takesRoot: 'where it is built',
    why:
      'mmdebstrap makes root file systems, as root or in user namespaces, and apt-get installs it where it is lacking; ' +
      'one that is pulled takes none',
  },
  'workload-image': { takesRoot: null, why: 'it is pulled, where the node image does not hold it' },
  'load-balancer-image': { takesRoot: null, why: 'as the node image' },
  kwok: { takesRoot: null, why: "it lies in the user's cache folder, and runs as the user" },
  run: {
    takesRoot: null,
    why:
      "it asks the engine, whose socket has to be open to the user. Whoever may use a rootful engine's socket is as good " +
      'as root there; skipbeat uses it for containers that it made itself',
  },
};
