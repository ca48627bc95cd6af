import { splitList } from '../../profile/index.ts';
import { readTable } from './minor-ranges.ts';

/** @see kubernetes pkg/kubeapiserver/options/plugins.go, AllOrderedPlugins, of the first and last patch of each minor */
const plugins = readTable(`
  11-13: Initializers
  11-19: PodPreset
  11-24: PodSecurityPolicy
  11-29: SecurityContextDeny
  11-30: PersistentVolumeLabel
  11-37: AlwaysAdmit AlwaysDeny AlwaysPullImages DefaultStorageClass DefaultTolerationSeconds EventRateLimit
    ExtendedResourceToleration ImagePolicyWebhook LimitPodHardAntiAffinityTopology LimitRanger MutatingAdmissionWebhook
    NamespaceAutoProvision NamespaceExists NamespaceLifecycle NodeRestriction OwnerReferencesPermissionEnforcement
    PersistentVolumeClaimResize PodNodeSelector PodTolerationRestriction Priority ResourceQuota ServiceAccount
    StorageObjectInUseProtection ValidatingAdmissionWebhook
  ?12-13 14-37: TaintNodesByCondition
  16-37: RuntimeClass
  18-37: CertificateApproval CertificateSigning CertificateSubjectRestriction DefaultIngressClass
  21-37: DenyServiceExternalIPs
  22-37: PodSecurity
  26-37: ValidatingAdmissionPolicy
  27-37: ClusterTrustBundleAttest
  32-37: MutatingAdmissionPolicy
  33-37: PodTopologyLabels
  35-37: NodeDeclaredFeatureValidator
  36: JobValidation PodGroupWorkloadExists
  36-37: PodGroupProtection PodResizeValidator
`);

/** Those that are on by default, and others that leave pods and nodes as they are without a configuration of their own. */
const harmless = new Set([
  ...['AlwaysAdmit', 'AlwaysPullImages', 'CertificateApproval', 'CertificateSigning', 'CertificateSubjectRestriction'],
  ...['ClusterTrustBundleAttest', 'DefaultIngressClass', 'DefaultStorageClass', 'DefaultTolerationSeconds'],
  ...['DenyServiceExternalIPs', 'ExtendedResourceToleration', 'LimitRanger', 'MutatingAdmissionWebhook'],
  ...['NamespaceExists', 'NamespaceLifecycle', 'NodeRestriction', 'OwnerReferencesPermissionEnforcement'],
  ...['PersistentVolumeClaimResize', 'PersistentVolumeLabel', 'PodSecurity', 'Priority', 'ResourceQuota'],
  ...['RuntimeClass', 'ServiceAccount', 'StorageObjectInUseProtection', 'TaintNodesByCondition'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionWebhook'],
]);

/** Without them new pods have no token, critical ones no priority, nodes no taint at first, and pods not what is put into them. */
const neededOn = new Set(['MutatingAdmissionWebhook', 'Priority', 'ServiceAccount', 'TaintNodesByCondition']);

/**
 * Events alone are limited, and nobody waits for one to be written; without a file of limits kube-apiserver does not start.
 * Where the list says something of tolerations a run passes it on, and has no such file.
 * @see kubernetes plugin/pkg/admission/eventratelimit/admission.go, Register and Validate
 */
const limitsEvents = (plugin: string, list: string): boolean =>
  plugin === 'EventRateLimit' && !splitList(list).includes('DefaultTolerationSeconds');

/** Whether the value of a flag of kube-apiserver is a list of admission plug-ins. */
export const isPluginList = (name: string): boolean =>
  /^(?:(?:en|dis)able-admission-plugins|admission-control)$/.test(name);

/** `admission-control` is the whole list: what does not stand in it is off. */
const leftOut = (
  flag: string,
  list: readonly string[],
  minor: number,
): readonly { readonly isKnown: boolean; readonly text: string }[] => {
  const missing = [...neededOn].filter(
    (plugin) => !list.includes(plugin) && (plugins.get(plugin)?.(minor) ?? null) !== null,
  );
  if (flag !== 'admission-control' || missing.length === 0) return [];
  return [{ isKnown: false, text: `what pods and nodes are without ${missing.join(', ')} is not known here` }];
};

/**
 * Why kube-apiserver does not start with a list of plug-ins, or may admit what it otherwise would not.
 * @param isConfigured a file configures plug-ins, `--admission-control-config-file`
 * @see apiserver pkg/server/options/admission.go, Validate: "plugin … is unknown"
 */
export const pluginFaults = (
  flag: string,
  value: string,
  minor: number,
  isConfigured: boolean,
): readonly { readonly isKnown: boolean; readonly text: string }[] => [
  ...leftOut(flag, splitList(value), minor),
  ...splitList(value).flatMap((plugin): readonly { readonly isKnown: boolean; readonly text: string }[] => {
    const state = plugins.get(plugin)?.(minor) ?? null;
    const received = `received ${JSON.stringify(plugin)}`;
    if (state === null) return [{ isKnown: true, text: `${flag}: expected plug-ins of v1.${minor}, ${received}` }];
    const isOff = flag === 'disable-admission-plugins';
    if (state !== '?' && isOff && !neededOn.has(plugin)) return [];
    if (state !== '?' && !isOff && (harmless.has(plugin) || (isConfigured && limitsEvents(plugin, value)))) return [];
    return [{ isKnown: false, text: `what ${flag}=${plugin} does to pods and nodes is not known here` }];
  }),
];

/** Plug-ins that one flag enables and the other disables: "overlapped". */
export const bothWays = (enabled: readonly string[], disabled: readonly string[]): readonly string[] => {
  const off = new Set(disabled.flatMap(splitList));
  return [...new Set(enabled.flatMap(splitList))].filter((plugin) => off.has(plugin));
};
