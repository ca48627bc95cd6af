/** Which endpoints of a Service a load comes to: those of one family, and of one of its ports. */
export type CountedSlices = {
  readonly addressType: 'IPv4' | 'IPv6';
  /** Of the Service; '' where it has no name. */
  readonly portName: string;
};

type Slice = {
  readonly addressType?: string | undefined;
  readonly ports?: readonly { readonly name?: string | null | undefined }[] | null | undefined;
};

/**
 * Whether a slice holds such endpoints: a Service of two families has slices of each, and one whose pods have a port of a
 * name at other numbers has slices of its own for these.
 * @see kubernetes staging/src/k8s.io/endpointslice, reconciler: slices by address type, and by the hash of their ports
 */
export const countsSlice =
  ({ addressType, portName }: CountedSlices) =>
  (slice: Slice): boolean =>
    slice.addressType === addressType && (slice.ports ?? []).some(({ name }) => (name ?? '') === portName);
