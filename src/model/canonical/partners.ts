import { Type } from 'typebox'
import { model } from '../model.ts'
import { address, bankAccount, contact } from './party.ts'
import { currency, date, id, identifier, list, maybe, text } from './values.ts'

const company = {
  name: text('UBL cac:Party/cac:PartyName/cbc:Name'),
  legalName: maybe(text('UBL cac:Party/cac:PartyLegalEntity/cbc:RegistrationName')),
  /** The number in the register of companies: the unified social credit code, a company number. */
  companyId: maybe(identifier('UBL cac:Party/cac:PartyLegalEntity/cbc:CompanyID')),
  taxId: maybe(identifier('UBL cac:Party/cac:PartyTaxScheme/cbc:CompanyID')),
  ids: maybe(list(identifier('UBL cac:Party/cac:PartyIdentification*/cbc:ID'))),
  address: maybe(address('UBL cac:Party/cac:PostalAddress')),
  contacts: maybe(list(contact('UBL cac:Party/cac:Contact*'))),
  currency: maybe(currency('UBL /Order/cbc:DocumentCurrencyCode')),
  paymentTerms: maybe(text('UBL /Order/cac:PaymentTerms/cbc:Note')),
  bankAccounts: maybe(list(bankAccount('UBL cac:Party/cac:FinancialAccount*'))),
}

/** Who buys of us: a company, or a person, so that its address is personal, too. */
export const Customer = model('Customer', {
  version: 1,
  key: 'customerNo',
  schema: Type.Object(
    { customerNo: id('UBL cbc:SupplierAssignedAccountID'), ...company },
    { $comment: 'UBL cac:CustomerParty' },
  ),
  pii: ['name', 'legalName', 'address', 'contacts', 'bankAccounts'],
})

/** Who sells to us. */
export const Supplier = model('Supplier', {
  version: 1,
  key: 'supplierNo',
  schema: Type.Object(
    { supplierNo: id('UBL cbc:CustomerAssignedAccountID'), ...company },
    { $comment: 'UBL cac:SupplierParty' },
  ),
  pii: ['contacts', 'bankAccounts'],
})

/** Who works for us. */
export const Employee = model('Employee', {
  version: 1,
  key: 'employeeNo',
  schema: Type.Object(
    {
      employeeNo: id('B2MML ID; UBL cbc:ID'),
      name: text('B2MML PersonName'),
      firstName: maybe(text('UBL cbc:FirstName')),
      familyName: maybe(text('UBL cbc:FamilyName')),
      jobTitle: maybe(text('UBL cbc:JobTitle')),
      department: maybe(text('UBL cbc:OrganizationDepartment')),
      classes: maybe(list(id('B2MML PersonnelClassID'))),
      birthDate: maybe(date('UBL cbc:BirthDate')),
      nationalId: maybe(identifier('UBL cac:IdentityDocumentReference/cbc:ID')),
      contact: maybe(contact('UBL cac:Contact')),
      address: maybe(address('UBL cac:ResidenceAddress')),
      bankAccount: maybe(bankAccount('UBL cac:FinancialAccount')),
      validFrom: maybe(date('B2MML EffectiveStartDate')),
      validTo: maybe(date('B2MML EffectiveEndDate')),
    },
    { $comment: 'B2MML Person; UBL cac:Person' },
  ),
  pii: [
    ...['name', 'firstName', 'familyName', 'birthDate', 'nationalId'],
    ...['contact', 'address', 'bankAccount'],
  ],
})
