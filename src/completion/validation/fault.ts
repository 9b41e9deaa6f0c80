/** Notes that a field is at fault; `description` says what is wrong with its value and what would be right. */
export type Fault = (field: string, description: string) => void;
