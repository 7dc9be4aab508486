import { batchCommand } from './shared/batch-command.ts'

export const batchGoCommand = batchCommand('go', 'let a batch go on, with its next stage')
