// The methods of the contract, for keys that may call some of them. Known here by their names, so that the configuration
// knows of no machinery; a test compares them with the contract.

/** For administrators only. */
export const adminMethods = [
  'ListProviders',
  'CheckProvider',
  'GetCacheStats',
  'PurgeCache',
  'ReloadConfig',
] as const;

export const methods: readonly string[] = [
  'Complete',
  'StreamComplete',
  'Embed',
  'ListModels',
  'CountTokens',
  'EstimateCost',
  'SummarizeUsage',
  'ListUsageRecords',
  'GetBudget',
  ...adminMethods,
];
