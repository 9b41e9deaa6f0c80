import { UsageServiceService } from '../../gen/sluice/v1/usage_service.ts';
import { bindService, type Service, unimplemented } from '../bind-service.ts';

/** Services of the contract that this version does not serve yet; each of their methods answers UNIMPLEMENTED. */
export const servicesToCome: readonly Service[] = [
  bindService(UsageServiceService, {
    summarizeUsage: unimplemented,
    listUsageRecords: unimplemented,
    getBudget: unimplemented,
  }),
];
