import { Type } from 'typebox'
import { code, dateTime, id, maybe } from './values.ts'

/** What a business object document says of itself. A record without one is written without: as the plain object. */
export const bod = Type.Object(
  {
    verb: code('OAGIS DataArea', [
      'Get',
      'Show',
      'Process',
      'Acknowledge',
      'Change',
      'Respond',
      'Cancel',
      'Sync',
    ]),
    sender: maybe(id('OAGIS ApplicationArea/Sender/LogicalID')),
    createdAt: dateTime('OAGIS ApplicationArea/CreationDateTime'),
    id: maybe(id('OAGIS ApplicationArea/BODID')),
  },
  { title: 'Message', $comment: 'OAGIS BusinessObjectDocument' },
)
