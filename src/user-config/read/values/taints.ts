import { isMapping } from '../../../common/plain-data.ts';

/** `key=value:effect`, as a kubelet's flag has it. */
const taint = /^([^=:]*)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule)$/;

const word = /[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?/.source;
const domain = /[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*/.source;
const qualified = new RegExp(`^(?:(?=[^/]{1,253}/)${domain}/)?${word}$`);
const labelValue = new RegExp(`^(?:${word})?$`);

/** The name of a label or a taint. @see apimachinery pkg/util/validation, IsQualifiedName */
export const isQualifiedName = (name: string): boolean => qualified.test(name);

/** @see apimachinery pkg/util/validation, IsValidLabelValue */
export const isLabelValue = (value: string): boolean => labelValue.test(value);

/**
 * Whether a kubelet takes the taints of a flag, between commas: "duplicated taints with the same key and effect". With
 * NoExecute it ends pods by itself, which is not checked here.
 * @see kubernetes pkg/util/taints, ParseTaints
 */
export const areTaintTexts = (value: string): boolean => {
  const taints = value.split(',').map((each) => taint.exec(each));
  const keys = taints.map((parts) => `${parts?.[1]}:${parts?.[3]}`);
  return (
    new Set(keys).size === keys.length &&
    taints.every((parts) => parts !== null && isQualifiedName(parts[1] ?? '') && isLabelValue(parts[2] ?? ''))
  );
};

/** Empty where it is none that is taken: kubelets refuse the time at which a taint was added, "taint.TimeAdded is not nil". */
const textOf = (each: unknown): string => {
  if (!isMapping(each) || typeof each.key !== 'string' || typeof (each.value ?? '') !== 'string') return '';
  if ((each.timeAdded ?? null) !== null) return '';
  return `${each.key}=${String(each.value ?? '')}:${String(each.effect)}`;
};

/** The same of a list in a document, which kubeadm and kubelets have. */
export const areTaints = (value: unknown): boolean =>
  Array.isArray(value) && (value.length === 0 || areTaintTexts(value.map(textOf).join(',')));

/** A list in a document as the flag has it. */
export const taintTexts = (value: unknown): string => (Array.isArray(value) ? value.map(textOf).join(',') : '');
