import type { ConfigFiles, PassedFlag } from '../../types.ts';
import type { StartFault } from './fault.ts';

/** Ports of a kubelet, by the names of their flags, with what it has where nobody says one. 0: it does not listen. */
const defaults: Readonly<Record<string, number>> = { port: 10_250, 'healthz-port': 10_248, 'read-only-port': 0 };

/**
 * Ports that others of a node have: etcd, API server, controllers, scheduler, kube-proxy.
 * @see kubernetes pkg/cluster/ports/ports.go, cmd/kubeadm/app/constants/constants.go
 */
const others: readonly number[] = [2379, 2380, 2381, 6443, 10_249, 10_256, 10_257, 10_259];

/**
 * Two servers of a kubelet on one port, or one on that of another component. One of the two does not come up: without its
 * own server a kubelet ends, without the other it goes on, and which of them is first nobody knows.
 * @see kubernetes cmd/kubelet/app/server.go, run: both begin at once, "Failed to start healthz server" every 5 s;
 *   pkg/kubelet/server/server.go, ListenAndServeKubeletServer: "Failed to listen and serve", and exits
 */
export const portFaults = ({ flags, fields }: ConfigFiles): readonly StartFault[] => {
  const passed = [...flags.filter(({ component }) => component === 'kubelet'), ...fields];
  const said = passed.filter(({ name }) => Object.hasOwn(defaults, name));
  const portOf = ({ value }: PassedFlag): number => Number(value ?? Number.NaN);
  const has = (name: string, port: number): boolean => {
    const own = said.filter((each) => each.name === name);
    return own.length === 0 ? defaults[name] === port : own.some((each) => portOf(each) === port);
  };
  return said.flatMap((flag): readonly StartFault[] => {
    const port = portOf(flag);
    if (!(port > 0)) return [];
    const own = Object.keys(defaults).find((name) => name !== flag.name && has(name, port));
    const other = others.includes(port) ? 'another component of a node' : null;
    const whose = own === undefined ? other : `its own ${own}`;
    if (whose === null) return [];
    const text = `whether a kubelet starts with ${flag.name} ${port} is not known: ${whose} has that port`;
    return [{ origin: flag.origin, isKnown: false, text }];
  });
};
