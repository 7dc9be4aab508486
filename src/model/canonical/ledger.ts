import { Type } from 'typebox'
import { model } from '../model.ts'
import { amount, code, date, id, list, maybe, text } from './values.ts'

const { properties: amountFields } = amount('')

const line = Type.Object(
  {
    lineNo: id('XBRL-GL gl-cor:lineNumber'),
    account: id('XBRL-GL gl-cor:account/gl-cor:accountMainID'),
    accountName: maybe(text('XBRL-GL gl-cor:account/gl-cor:accountMainDescription')),
    costCentre: maybe(id('XBRL-GL gl-cor:account/gl-cor:accountSub/gl-cor:accountSubID')),
    /** D for debit, C for credit; `amount` has no sign of its own. */
    side: code('XBRL-GL gl-cor:debitCreditCode', ['D', 'C']),
    amount: Type.Object(amountFields, { title: 'Amount', $comment: 'XBRL-GL gl-cor:amount' }),
    /** In the currency of the document, where that is another. */
    originalAmount: maybe(
      Type.Object(amountFields, { title: 'Amount', $comment: 'XBRL-GL gl-muc:amountOriginalAmount' }),
    ),
    partner: maybe(id('XBRL-GL gl-cor:identifierReference/gl-cor:identifierCode')),
    document: maybe(id('XBRL-GL gl-cor:documentNumber')),
    documentDate: maybe(date('XBRL-GL gl-cor:documentDate')),
    text: maybe(text('XBRL-GL gl-cor:detailComment')),
  },
  { $comment: 'XBRL-GL gl-cor:entryDetail' },
)

/** A posting: lines whose debits are their credits. */
export const LedgerEntry = model('LedgerEntry', {
  version: 1,
  key: 'entryNo',
  schema: Type.Object(
    {
      entryNo: id('XBRL-GL gl-cor:entryNumber'),
      journal: maybe(id('XBRL-GL gl-cor:sourceJournalID')),
      postingDate: date('XBRL-GL gl-cor:entryDetail/gl-cor:postingDate'),
      enteredDate: maybe(date('XBRL-GL gl-cor:enteredDate')),
      text: maybe(text('XBRL-GL gl-cor:entryComment')),
      lines: list(line, { minItems: 2 }),
    },
    { $comment: 'XBRL-GL gl-cor:entryHeader' },
  ),
})
