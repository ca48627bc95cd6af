// What is done to a kind cluster beside a watch of it, and what a report of that time has to say of each.
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { ScriptedKubelet } from './scripted-kubelet.ts';

/** What the report has to say of a fault; `nothing`: no NotReady, no near miss, no blind time. */
export type Expected =
  | { readonly finding: 'silence' | 'nearMiss' | 'kubelet' | 'deleted' | 'backwards'; readonly node: string }
  | { readonly finding: 'leader' | 'leaderSilent' | 'blind' | 'nothing' };

/** A watch as this bench starts it. */
export type WatchProcess = {
  readonly kill: () => Promise<void>;
  readonly resume: () => void;
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT') => void;
};

export type Place = {
  readonly cluster: string;
  readonly kubelet: ScriptedKubelet;
  /** The full name of the node without a machine. */
  readonly scripted: string;
  readonly watch: WatchProcess;
  /** One of the two workers, by chance. */
  readonly worker: string;
  /** A length by chance, in ms. */
  readonly between: (fromSeconds: number, toSeconds: number) => number;
};

export type Fault = {
  /** Does it, and undoes it. @returns what has to be found */
  readonly make: (place: Place) => Promise<readonly Expected[]>;
};

const inNode = (node: string, command: string) => execa('docker', ['exec', node, 'sh', '-c', command]);

/** Begins, waits, and ends whatever became of the wait. */
const during = async (lengthMs: number, begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> => {
  try {
    await begin();
    await delay(lengthMs);
  } finally {
    await end();
  }
};

const pausedKubelet = (node: string, lengthMs: number): Promise<void> =>
  during(
    lengthMs,
    () => inNode(node, 'pkill -STOP -x kubelet'),
    () => inNode(node, 'pkill -CONT -x kubelet'),
  );

const controlPlane = ({ cluster }: Place): string => `${cluster}-control-plane`;

const silence = (node: string): Expected => ({ finding: 'silence', node });

const pausedOn = async (place: Place, comm: string, lengthMs: number): Promise<void> =>
  during(
    lengthMs,
    () => inNode(controlPlane(place), `pkill -STOP -x ${comm}`),
    () => inNode(controlPlane(place), `pkill -CONT -x ${comm}`),
  );

const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const aside = '/root/kube-apiserver.yaml';

export const faults: Readonly<Record<string, Fault>> = {
  'kubelet paused for some seconds': {
    make: async ({ worker, between }) => {
      await pausedKubelet(worker, between(3, 9));
      return [{ finding: 'nothing' }];
    },
  },
  'kubelet paused, shorter than the grace': {
    make: async ({ worker, between }) => {
      // Not before kP - A = 39.6 s a pause can be NotReady by a grace of 50 s; from 27 s on it is longer than its half.
      await pausedKubelet(worker, between(28, 37));
      return [{ finding: 'nearMiss', node: worker }];
    },
  },
  'kubelet paused, longer than the grace': {
    make: async ({ worker, between }) => {
      await pausedKubelet(worker, between(70, 90));
      return [silence(worker)];
    },
  },
  'both kubelets paused': {
    make: async ({ cluster, between }) => {
      const both = [`${cluster}-worker`, `${cluster}-worker2`];
      const lengthMs = between(70, 90);
      await Promise.all(both.map((node) => pausedKubelet(node, lengthMs)));
      return both.map(silence);
    },
  },
  'kubelet stopped': {
    make: async ({ worker, between }) => {
      await during(
        between(70, 90),
        () => inNode(worker, 'systemctl stop kubelet'),
        () => inNode(worker, 'systemctl start kubelet'),
      );
      return [silence(worker)];
    },
  },
  'kubelet restarted': {
    make: async ({ worker }) => {
      await inNode(worker, 'systemctl restart kubelet');
      return [{ finding: 'nothing' }];
    },
  },
  'node container paused': {
    make: async ({ worker, between }) => {
      await during(
        between(70, 90),
        () => execa('docker', ['pause', worker]),
        () => execa('docker', ['unpause', worker]),
      );
      return [silence(worker)];
    },
  },
  'network cut': {
    make: async (place) => {
      // A network of kind has IPv6 beside IPv4, by which a kubelet goes on once its connection is given up, after 45 s.
      const cuts: readonly (readonly [string, string])[] = [
        ['iptables', '{{.NetworkSettings.Networks.kind.IPAddress}}'],
        ['ip6tables', '{{.NetworkSettings.Networks.kind.GlobalIPv6Address}}'],
      ];
      const rules: string[] = [];
      for (const [command, format] of cuts) {
        const { stdout: address } = await execa('docker', ['inspect', '--format', format, controlPlane(place)]);
        if (address !== '')
          rules.push(`${command} CHANGE INPUT -s ${address}`, `${command} CHANGE OUTPUT -d ${address}`);
      }
      const each = (change: string): string =>
        rules.map((rule) => `${rule.replace('CHANGE', change)} -j DROP`).join(' && ');
      await during(
        place.between(70, 90),
        () => inNode(place.worker, each('-I')),
        () => inNode(place.worker, each('-D')),
      );
      return [silence(place.worker)];
    },
  },
  'container runtime stopped': {
    make: async ({ worker, between }) => {
      await during(
        between(60, 75),
        () => inNode(worker, 'systemctl stop containerd'),
        () => inNode(worker, 'systemctl start containerd; systemctl start kubelet'),
      );
      return [{ finding: 'kubelet', node: worker }];
    },
  },
  'controller manager paused': {
    make: async (place) => {
      // It goes on leading, for there is no other that could have taken over.
      await pausedOn(place, 'kube-controller', place.between(30, 45));
      return [{ finding: 'leaderSilent' }];
    },
  },
  'leader killed': {
    make: async (place) => {
      await inNode(controlPlane(place), 'until pkill -KILL -x kube-controller; do sleep 1; done');
      return [{ finding: 'leader' }];
    },
  },
  'API server away for a minute': {
    make: async (place) => {
      await during(
        60_000,
        () => inNode(controlPlane(place), `mv ${manifest} ${aside}`),
        () => inNode(controlPlane(place), `mv ${aside} ${manifest}`),
      );
      return [{ finding: 'blind' }];
    },
  },
  'API server paused': {
    make: async (place) => {
      await pausedOn(place, 'kube-apiserver', place.between(15, 25));
      return [{ finding: 'blind' }];
    },
  },
  'etcd paused': {
    make: async (place) => {
      await pausedOn(place, 'etcd', place.between(15, 25));
      return [{ finding: 'blind' }];
    },
  },
  'node deleted': {
    make: async (place) => {
      const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';
      await during(
        place.between(15, 30),
        () => inNode(controlPlane(place), `${kubectl} delete node ${place.worker}`),
        () => inNode(place.worker, 'systemctl restart kubelet'),
      );
      return [{ finding: 'deleted', node: place.worker }];
    },
  },
  'clock of a node set back': {
    make: async ({ kubelet, scripted, between }) => {
      await during(
        75_000,
        async () => kubelet.setClock(-between(90, 120)),
        // Right again, so that the next time sets it back, too.
        async () => kubelet.setClock(0),
      );
      // A status post, which it makes every 5 minutes, is a sign of life: whether its silence becomes as long as the grace is chance.
      return [{ finding: 'backwards', node: scripted }];
    },
  },
  'watch killed': {
    make: async ({ watch, between }) => {
      await watch.kill();
      await delay(between(15, 30));
      watch.resume();
      return [{ finding: 'blind' }];
    },
  },
  'watch killed while a kubelet is paused': {
    make: async ({ watch, worker, between }) => {
      const paused = pausedKubelet(worker, between(80, 90));
      await delay(between(10, 20));
      await watch.kill();
      await delay(between(10, 15));
      watch.resume();
      await paused;
      return [silence(worker), { finding: 'blind' }];
    },
  },
  'watch stood still': {
    make: async ({ watch, between }) => {
      watch.signal('SIGSTOP');
      await delay(between(10, 20));
      watch.signal('SIGCONT');
      return [{ finding: 'blind' }];
    },
  },
};
