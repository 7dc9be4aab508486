using { managed } from '@sap/cds/common';

namespace shop;

entity Orders : managed {
  key no       : String(40);
      customer : String(60);
      note     : LargeString;
      amount   : Decimal(15, 2);
      seq      : Int64;
      placed   : Timestamp;
      day      : Date;
      clock    : Time;
      paid     : Boolean;
      lines    : Composition of many Lines on lines.parent = $self;
}

entity Lines {
  key parent  : Association to Orders;
  key pos     : Integer;
      product : String(60);
      qty     : Decimal(13, 3);
}

/** Its version must be told by whoever changes it. */
entity Prices {
  key product : String(40);
      price   : Decimal(15, 2);
      @odata.etag version : Integer default 1;
}

entity Rows {
  key n    : Integer;
      text : LargeString;
}

entity Entries {
  key ID   : UUID;
      n    : Integer;
      text : LargeString;
}

entity Changes {
  key n       : Integer;
      text    : LargeString;
      changed : Timestamp;
}

@path: '/shop'
service Shop {
  entity Orders  as projection on shop.Orders actions {
    action   cancel(reason : String) returns Orders;
    function total() returns Decimal(15, 2);
  };
  entity Lines   as projection on shop.Lines;
  entity Prices  as projection on shop.Prices;
  entity Rows    as projection on shop.Rows;
  entity Entries as projection on shop.Entries;
  entity Changes as projection on shop.Changes;
  @cds.query.limit: { max: 100 }
  entity Pages   as projection on shop.Changes;

  action   count(n : Integer) returns String;
  action   clear();
  /** `changed`: when the records say that they were; now, if it is left out. */
  action   fill(records : many { n : Integer; text : LargeString; }, changed : Timestamp);
  function rate(currency : String, on : Date) returns Decimal(15, 2);
}
