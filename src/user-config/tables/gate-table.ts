// Made by tools/kubernetes-flags.ts from the sources of Kubernetes; not to be edited.

/**
 * Feature gates by the minors of v1 that know them; `T` and `F`: locked to true or false; `P`: known, and refused;
 * `?`: not known of those.
 */
export const gateTable = `
    11: DynamicProvisioningScheduling ReadOnlyAPIDataVolumes ServiceProxyAllowExternalIPs
    11-13: EnableEquivalenceClassCache Initializers MountPropagation
    11-13 T14-15: CSIPersistentVolume CustomPodDNS HugePages KubeletPluginsWatcher PodReadinessGates VolumeScheduling
    11-13 T14-16: PersistentLocalVolumes
    11-14 T15-16: GCERegionalPersistentDisk
    11-15: DebugContainers ExperimentalCriticalPodAnnotation
    11-15 T16-17: CustomResourceSubresources CustomResourceValidation PodPriority
    11-16: MountContainers
    11-16 T17: ResourceQuotaScopeSelectors ScheduleDaemonSetPods TaintNodesByCondition
    11-16 T17-18: PodShareProcessNamespace VolumeSubpathEnvExpansion
    11-16 T17-20: AttachVolumeLimit
    11-17 T18-19: TaintBasedEvictions
    11-17 T18-20: BlockVolume CSIBlockVolume
    11-18: ResourceLimitsPriorityFunction
    11-18 T19-20: RotateKubeletClientCertificate
    11-19: SupportIPVSProxyMode
    11-19 T20: TokenRequest TokenRequestProjection
    11-19 T20-22: SupportPodPidsLimit
    11-20: HyperVContainer
    11-20 T21: CRIContainerLogRotation RunAsGroup ServiceNodeExclusion
    11-20 T21-22: Sysctls
    11-21: BalanceAttachedNodeVolumes
    11-22 T23-24: StorageObjectInUseProtection VolumeSubpath
    11-23: StreamingProxyRedirects
    11-24 T25-26: LocalStorageCapacityIsolation
    11-25: DynamicKubeletConfig
    11-25 T26-27: DevicePlugins
    11-25 T26-32: CPUManager
    11-26: ExpandInUsePersistentVolumes ExpandPersistentVolumes
    11-26 T27: AdvancedAuditing
    11-27 F28-29: ExperimentalHostUserNamespaceDefaulting
    11-28 T29-32: APIListChunking
    11-30 T31-32: AppArmor
    11-37: APIResponseCompression AllAlpha QOSReserved RotateKubeletServerCertificate
    ?12 13-23: ValidateProxyRedirects
    12-16 T17-20: CSINodeInfo
    12-16 T17-22: NodeLease
    12-17 T18-20: CSIDriverRegistry
    12-19 T20-21: SCTPSupport VolumeSnapshotDataSource
    12-19 T20-23: RuntimeClass
    12-22 T23-24: TTLAfterFinished
    12-25 T26-27: DryRun
    12-35 T36-37: ProcMountType
    12-37: CustomCPUCFSQuotaPeriod
    13-15 T16-17: CustomResourceWebhookConversion
    13-18: DynamicAuditing
    13-21 T22: BoundServiceAccountTokenVolume
    13-27 T28-29: KubeletPodResources
    14-15 T16-17: CustomResourcePublishOpenAPI
    14-17 T18-20: WindowsGMSA
    14-19 T20-22: SupportNodePidsLimit
    14-23 T24-25: CSIMigrationOpenStack
    14-24 T25-26: CSIInlineVolume CSIMigration CSIMigrationAWS
    14-24 T25-27: CSIMigrationGCE
    14-25 T26-31: ServerSideApply
    14-26: ExpandCSIVolumes
    14-33 T34-37: WinDSR WinOverlay
    14-37: StorageVersionHash
    15-16: RequestManagement
    15-16 T17: CustomResourceDefaulting
    15-16 T17-19: ServiceLoadBalancerFinalizer
    15-16 T17-32: WatchBookmark
    15-17 T18-20: VolumePVCDataSource
    15-23 T24-25: NonPreemptingPriority
    15-24 T25-26: CSIMigrationAzureDisk
    15-26 T27-29: CSIMigrationAzureFile
    15-28 T29-32: RemainingItemCount
    15-37: LocalStorageCapacityIsolationFSQuotaMonitoring
    16: EnableAggregatedDiscoveryTimeout
    16-17 T18-20: WindowsRunAsUserName
    16-18 T19-20: EvenPodsSpread
    16-19 T20-22: StartupProbe
    16-20 F21: LegacyNodeRoleBehavior
    16-20 T21: NodeDisruptionExclusion
    16-20 T21-24: EndpointSlice
    16-22 T23-26: IPv6DualStack
    16-23 T24-25: PodOverhead
    16-23 T24-29: RemoveSelfLink
    16-24 T25-26: EphemeralContainers
    16-26 T27-28: TopologyManager
    16-37: HPAScaleToZero
    17-20: CSIMigrationAWSComplete CSIMigrationAzureDiskComplete CSIMigrationAzureFileComplete CSIMigrationGCEComplete
      CSIMigrationOpenStackComplete
    17-20 T21-22: AllowInsecureBackendProxy
    17-20 T21-24: PodDisruptionBudget
    17-21: ServiceTopology
    17-28 T29-30: APIPriorityAndFairness
    17-37: AllBeta
    18 T19: DefaultIngressClass
    18-19 T20-21: ExternalPolicyForExternalIP ServiceAppProtocol
    18-19 T20-24: SelectorIndex
    18-20 T21-22: ServiceAccountIssuerDiscovery
    18-20 T21-23: ImmutableEphemeralVolumes
    18-21 T22-23: HugePageStorageMediumSize
    18-21 T22-24: EndpointSliceProxying
    18-22 T23-24: ConfigurableFSGroupPolicy
    18-32 T33-36: AnyVolumeDataSource
    19-21: CSIMigrationvSphereComplete
    19-21 T22-23: SetHostnameAsFQDN WarningHeaders
    19-21 T22-24: WindowsEndpointSliceProxying
    19-22 T23-24: CSIVolumeFSGroupPolicy GenericEphemeralVolume
    19-23 T24-25: DefaultPodTopologySpread
    19-23 T24-27: CSIStorageCapacity
    19-24 T25-27: DisableAcceleratorUsageMetrics
    19-25 ?26 T27-28: CSIMigrationvSphere
    20 T21: RootCAConfigMap
    20 T21-24: EndpointSliceNodeName
    20-21 T22: CronJobControllerV2
    20-21 T22-24: CSIServiceAccountToken
    20-23 T24-25: ServiceLBNodePortControl
    20-23 T24-32: EfficientWatchResumption
    20-25 T26-27: EndpointSliceTerminatingCondition KubeletCredentialProviders MixedProtocolLBService
    20-26 T27-28: DownwardAPIHugePages
    20-29 T30-31: HPAContainerMetrics
    20-31 T32-34: SizeMemoryBackedVolumes
    20-34 T35-37: ExecProbeTimeout
    20-37: APIServerIdentity GracefulNodeShutdown StorageVersionAPI
    21 T22-23: NamespaceDefaultLabelName
    21-22 T23-24: IngressClassNamespacedParams
    21-23 T24-25: IndexedJob PodAffinityNamespaceSelector PreferNominatedNode ServiceLoadBalancerClass SuspendJob
    21-23 T24-26: ControllerManagerLeaderMigration
    21-24 T25-26: DaemonSetUpdateSurge NetworkPolicyEndPort
    21-25 T26-27: ServiceInternalTrafficPolicy
    21-27 T28: ProbeTerminationGracePeriod
    21-27 T28-29: KubeletPodResourcesGetAllocatable
    21-30: InTreePluginAWSUnregister InTreePluginAzureDiskUnregister InTreePluginAzureFileUnregister
      InTreePluginGCEUnregister InTreePluginOpenStackUnregister InTreePluginvSphereUnregister
    21-30 T31-36: LogarithmicScaleDown
    21-31 T32-35: MemoryManager
    21-32: VolumeCapacityPriority
    21-32 T33-35: TopologyAwareHints
    21-37: CSIVolumeHealth PodDeletionCost
    22-23 T24-25: CSRDuration
    22-24 T25-26: StatefulSetMinReadySeconds
    22-24 T25-27: PodSecurity
    22-25 T26-27: DelegateFSGroupToCSIDriver WindowsHostProcessContainers
    22-25 T26-28: JobTrackingWithFinalizers
    22-26 T27-28: SeccompDefault
    22-27 T28-29: ExpandedDNSConfig ProxyTerminatingEndpoints
    22-28 T29-30: ReadWriteOncePod
    22-30 T31-32: DisableCloudProviders
    22-32 T33-37: CPUManagerPolicyOptions
    22-33 T34-36: APIServerTracing
    22-33 T34-37: NodeSwap
    22-37: KubeletInUserNamespace MemoryQoS
    23: csiMigrationRBD
    23-24 T25-26: IdentifyPodOS
    23-26 T27-28: GRPCContainerProbe JobMutableNodeSchedulingDirectives OpenAPIV3
    23-26 T27-31: ServerSideFieldValidation
    23-28 T29-30: CustomResourceValidationExpressions JobReadyPods
    23-30: InTreePluginRBDUnregister
    23-30 T31-32: DisableKubeletCloudCredentialProviders
    23-31 T32-34: StatefulSetAutoDeletePVC
    23-32 T33-35: CSIMigrationPortworx HonorPVReclaimPolicy
    23-33 T34-37: RecoverVolumeExpansionFailure
    23-35: InTreePluginPortworxUnregister
    23-37: CPUManagerPolicyAlphaOptions CPUManagerPolicyBetaOptions GracefulNodeShutdownBasedOnPodPriority
      OpenAPIEnums PodAndContainerStatsFromCRI
    24-25 T26-27: ServiceIPStaticSubrange
    24-26 T27-28: CronJobTimeZone LegacyServiceAccountTokenNoAutoGeneration
    24-27: NetworkPolicyStatus
    24-27 T28-31: NodeOutOfServiceVolumeDetach
    24-29 T30-31: MinDomainsInPodTopologySpread
    24-30: CSIMigrationRBD
    24-37: ContextualLogging MaxUnavailableStatefulSet
    25-27: PodHasNetworkCondition UserNamespacesStatelessPodsSupport
    25-27 T28: RetroactiveDefaultStorageClass
    25-27 T28-29: IPTablesOwnershipCleanup
    25-28: MultiCIDRRangeAllocator
    25-28 T29-30: CSINodeExpandSecret
    25-28 T29-31: KMSv2
    ?25-28 29-37: UnauthenticatedHTTP2DOSMitigation
    25-30 T31-32: JobPodFailurePolicy
    25-30 T31-33: PodDisruptionConditions
    25-32 T33-37: NodeInclusionPolicyInPodTopologySpread
    25-33 T34-37: KubeletTracing
    25-35 T36-37: SELinuxMountReadWriteOncePod
    25-37: ContainerCheckpoint LoggingAlphaOptions LoggingBetaOptions MatchLabelKeysInPodTopologySpread
    26-27 T28-29: APISelfSubjectReview LegacyServiceAccountTokenTracking MinimizeIPTablesRestore
    26-29 T30: ConsistentHTTPGetHandlers
    26-29 T30-31: ValidatingAdmissionPolicy
    26-29 T30-32: AggregatedDiscoveryEndpoint
    26-29 T30-37: PodSchedulingReadiness
    26-30 T31-32: PDBUnhealthyPodEvictionPolicy
    26-30 T31-33: StatefulSetStartOrdinal
    26-34 T35-37: DynamicResourceAllocation
    ?26-34: ComponentSLIs
    26-35 T36-37: TopologyManagerPolicyOptions
    26-37: CrossNamespaceVolumeDataSource EventedPLEG TopologyManagerPolicyAlphaOptions
      TopologyManagerPolicyBetaOptions WindowsHostNetwork
    27-28 T29-30: ServiceNodePortStaticSubrange
    27-29: SecurityContextDeny
    27-29 T30-31: CloudDualStackNodeIPs NewVolumeManagerReconstruction StableLoadBalancerNodeSet
    27-29 T30-32: AdmissionWebhookMatchConditions
    ?27-29 30-32 F33-35: WatchFromStorageWithoutResourceVersion
    27-30 T31-33: ElasticIndexedJob
    27-33 T34-37: MultiCIDRServiceAllocator
    27-34 T35-37: InPlacePodVerticalScaling
    27-35 T36-37: KubeletPodResourcesDynamicResources KubeletPodResourcesGet NodeLogQuery
    27-37: CloudControllerManagerWebhook ClusterTrustBundle WatchList
    28 T29-31: KMSv2KDF
    28-29 T30-31: LegacyServiceAccountTokenCleanUp PodHostIPs
    ?28-29 30-35 F36-37: SeparateCacheWatchRPC
    28-30: DefaultHostNetworkHostPortsInPodTemplates SkipReadOnlyValidationGCE
    28-30 T31-32: KubeProxyDrainingTerminatingNodes PersistentVolumeLastPhaseTransitionTime
    28-30 T31-33: DevicePluginCDIDevices
    28-31 T32-34: CronJobsScheduledAnnotation PodIndexLabel
    28-32 T33-36: JobBackoffLimitPerIndex SidecarContainers
    28-32 T33-37: CRDValidationRatcheting
    28-33 T34-36: ConsistentListFromCache JobPodReplacementPolicy SchedulerQueueingHints
    28-33 T34-37: KubeletCgroupDriverFromCRI
    28-35 T36-37: UserNamespacesSupport
    28-36 T37: PodReadyToStartContainersCondition
    28-37: KMSv1 UnknownVersionInteroperabilityProxy
    29 T30-31: ZeroLimitedNominalConcurrencyShares
    29-31 F32-34: AllowServiceLBStatusOnNonLB
    29-31 T32-34: LoadBalancerIPMode
    29-31 T32-35: StructuredAuthorizationConfiguration
    29-31 T32-37: ServiceAccountTokenJTI ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo
    29-32 T33-37: MatchLabelKeysInPodAffinity NFTablesProxyMode ServiceAccountTokenNodeBinding
    29-33 T34-36: PodLifecycleSleepAction StructuredAuthenticationConfiguration
    29-33 T34-37: SeparateTaintEvictionController
    29-34: UserNamespacesPodSecurityStandards
    29-34 T35-37: ImageMaximumGCAge
    29-35 T36-37: DisableNodeKubeProxyVersion VolumeAttributesClass
    29-37: ClusterTrustBundleProjection KubeletSeparateDiskGC RuntimeClassInImageCriApi
      TranslateStreamCloseWebsocketRequests
    30 T31-32: AppArmorFields
    30-31 T32-36: RetryGenerateName
    30-31 T32-37: CustomResourceFieldSelectors
    ?30 31 T32-34: StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks
    30-32 T33-35: ServiceTrafficDistribution
    30-32 T33-36: JobSuccessPolicy
    30-32 T33-37: RecursiveReadOnlyMounts
    ?30-32 33 T34-36: OrderedNamespaceDeletion
    30-33 T34-37: RelaxedEnvironmentVariableValidation
    30-34 T35-37: JobManagedBy
    30-37: APIServingWithRoutine InformerResourceVersion MutatingAdmissionPolicy PortForwardWebsockets SELinuxMount
      StorageNamespaceIndex StorageVersionMigrator WatchListClient
    31: DRAControlPlaneController
    31-33 T34-36: AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors AuthorizeWithSelectors
      ResilientWatchCacheInitialization
    31-34 T35-37: DisableAllocatorDualWrite SupplementalGroupsPolicy
    31-35 T36-37: ImageVolume
    31-36 T37: WatchCacheInitializationPostStartHook
    31-37: AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests ConcurrentWatchObjectDecode
      CoordinatedLeaderElection ReloadKubeletServerCertificateFile ResourceHealthStatus
    32 T33-36: BtreeWatchCache
    32-33 T34-36: PodLifecycleSleepActionAllowZero RelaxedDNSSearchValidation
    32-34 F35-37: AllowOverwriteTerminationGracePeriodSeconds
    32-34 T35-37: SystemdWatchdog
    32-35: InPlacePodVerticalScalingAllocatedStatus
    32-35 T36-37: DRAAdminAccess ExternalServiceAccountTokenSigner KubeletFineGrainedAuthz SELinuxChangePolicy
    32-36 T37: DRAResourceClaimDeviceStatus
    32-37: AllowUnsafeMalformedObjectDeletion CBORServingAndStorage ClientsAllowCBOR ClientsPreferCBOR ComponentFlagz
      ComponentStatusz InPlacePodVerticalScalingExclusiveCPUs KubeletCrashLoopBackOffMax
      KubeletRegistrationGetOnExistsOnly PodLevelResources PodLogsQuerySplitStreams RemoteRequestHeaderUID
      SchedulerAsyncPreemption ServiceAccountNodeAudienceRestriction WindowsCPUAndMemoryAffinity
      WindowsGracefulNodeShutdown
    33: LegacySidecarContainers
    33 T34-36: StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf
    33-34 T35-37: AggregatedDiscoveryRemoveBetaType PodObservedGenerationTracking PreferSameTrafficDistribution
    33-35 F36-37: GitRepoVolumeDriver
    33-35 T36-37: DeclarativeValidation InOrderInformers KubeletPSI MutableCSINodeAllocatableCount
    33-36 F37: DeclarativeValidationTakeover
    33-36 T37: DRAPrioritizedList DisableCPUQuotaWithExclusiveCPUs HPAConfigurableTolerance
    33-37: AllowParsingUserUIDFromCertAuth ContainerStopSignals DRADeviceTaints DRAPartitionableDevices
      DeploymentReplicaSetTerminatingReplicas KubeletEnsureSecretPulledImages
      KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot PodTopologyLabelsAdmission
      ReduceDefaultCrashLoopBackOffDecay SchedulerPopFromBackoffQ StorageCapacityScoring StrictIPCIDRValidation
    T34: ProbeHostPodSecurityStandards
    ?34 35-37: StatefulSetSemanticRevisionComparison
    34-36: PreventStaticPodAPIReferences
    34-36 T37: DRAExtendedResource HostnameOverride RelaxedServiceNameValidation
    34-37: ClearingNominatedNodeNameAfterBinding ContainerRestartRules DRAConsumableCapacity
      DRADeviceBindingConditions DRASchedulerFilterTimeout DetectCacheInconsistency EnvFiles
      InPlacePodVerticalScalingExclusiveMemory KubeletPodResourcesListUseActivePods
      MatchLabelKeysInPodTopologySpreadSelectorMerge NominatedNodeNameForExpectation PodCertificateRequest
      SchedulerAsyncAPICalls SizeBasedListCostEstimate StructuredAuthenticationConfigurationEgressSelector
      TokenRequestServiceAccountUIDValidation
    35 T36-37: CSIServiceAccountTokenSecrets
    35-36: GangScheduling
    35-36 T37: NodeDeclaredFeatures
    35-37: AuthorizePodWebsocketUpgradeCreatePermission CRDObservedGenerationTracking
      ChangeContainerStatusOnKubeletRestart CloudControllerManagerWatchBasedRoutesReconciliation
      ConstrainedImpersonation DRADeviceTaintRules GenericWorkload InOrderInformersBatchProcess
      InPlacePodLevelResourcesVerticalScaling MutablePVNodeAffinity MutablePodResourcesForSuspendedJobs
      MutableSchedulingDirectivesForSuspendedJobs OpportunisticBatching RestartAllContainersOnContainerExits
      StructuredAuthenticationConfigurationJWKSMetrics TaintTolerationComparisonOperators
      UserNamespacesHostNetworkSupport VolumeLimitScaling
    36: WorkloadAwarePreemption
    36 T37: InPlacePodVerticalScalingInitContainers PLEGOnDemandRelist
    36-37: AllowServiceExternalIPs AtomicFIFO CRIListStreaming ClientsAllowCARotation ClientsAllowTLSCacheGC
      ControllerManagerReleaseLeaderElectionLockOnExit DRAListTypeAttributes DRANodeAllocatableResources
      DRAResourceClaimGranularStatusAuthorization DRAResourcePoolStatus DRAWorkloadResourceClaims
      DeclarativeValidationBeta ExtendWebSocketsToKubelet ImageVolumeWithDigest ManifestBasedAdmissionControlConfig
      PersistentVolumeClaimUnusedSinceTime PodLevelResourceManagers PodsAPI ReloadKubeletClientCAFile
      ResourceHealthStatusMessage ServiceCIDRStatusFieldWiping ShardedListAndWatch StaleControllerConsistencyDaemonSet
      StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet
      TopologyAwareWorkloadScheduling UnlockWhileProcessingFIFO WorkloadWithJob
    ?36-37: NativeHistograms
    37: APIServerWebhookAuthenticationToken AtomicWriteVolumeUserFields CompositePodGroup
      ConsistentListFromCacheSkipTimeoutFallback DRADerivedAttributes DRADeviceCompatibilityGroups
      DRAFractionalCapacityRange DRAOptionalNodeOperations DRAPartitionableDevicesType DefaultPodSysctls
      EmptyDirVolumeMode EtcdRangeStream EvictionRequestAPI ExcludeAdmissionWebhookVirtualResources
      GRPCContainerProbeTLS H2CContainerProbe HPAGeneration HPAOptimizedSelectorStore HugepageAwareEviction
      InPlacePodVerticalScalingMemoryBackedVolumes InPlacePodVerticalScalingSchedulerPreemption
      InterPodAffinityHostnameFastPath KubeProxyIPVS KubeProxyNFTablesLocalhostNodePorts KubeletAllocatedPodsEndpoint
      NFTablesNetlink NodeControllerLeaseCircuitBreaker NodeLifecycleConditions PodGroupPreemptionPolicy
      PodLevelResourcesFixDefaulting PodLevelResourcesFixKubeletQOSClass SchedulerPreQueueingHints
      StaleControllerConsistencyHPA StatefulSetRecreateStrategy VolumeBindMountOptions WatchListCompression
      WebhookRoundTripLoadBalancing
`;
