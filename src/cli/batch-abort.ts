import { batchCommand } from './shared/batch-command.ts'

export const batchAbortCommand = batchCommand('abort', 'end a batch; what it has done stays')
