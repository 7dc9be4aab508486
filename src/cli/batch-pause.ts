import { batchCommand } from './shared/batch-command.ts'

export const batchPauseCommand = batchCommand('pause', 'let a batch begin nothing more for now')
