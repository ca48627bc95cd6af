/** What page.js reads from the page's data element. Times are seconds since the page's zero. */
type Label = { from: number; to: number; y: number; text: string; color: string };

type Named = [from: number, to: number, name: string];

export type PageData = {
  chart: { option: unknown; height: number; labels: Label[][] };
  /** All that can be seen, and what is seen first. */
  entire: [number, number];
  view: [number, number];
  reading: {
    phases: Named[];
    faults: Named[];
    nodes: { node: string; ready: Named[]; taints: Named[]; leases: number[] }[];
    endpoints: [at: number, ready: number, notReady: number][];
    requests: {
      from: number;
      width: number;
      spans: number;
      outcomes: Record<string, number[]>;
      latency: Record<'p50' | 'p90' | 'p99', (number | null)[]>;
    } | null;
  };
};
