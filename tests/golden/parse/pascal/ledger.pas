{ Bookkeeping for a small shop. }
unit Ledger;

interface

uses
  SysUtils, Classes;

const
  // How many entries one page holds.
  MaxEntries = 64;

type
  TState = (stOpen, stClosed);

  { One line of the book. }
  TEntry = record
    Amount: Integer;
    Note: string;
  end;

  TEntryArray = array of TEntry;

  IStore = interface
    procedure Save(const Entry: TEntry);
  end;

  (* A book with entries. *)
  TLedger = class(TObject)
  private
    FEntries: TEntryArray;
    FState: TState;
  public
    constructor Create(Size: Integer);
    destructor Destroy; override;
    procedure Add(const Entry: TEntry);
    function Total: Integer;
    property State: TState read FState write FState;
  end;

var
  Default: TLedger;

// Makes an entry.
function MakeEntry(Amount: Integer; const Note: string): TEntry;

implementation

uses Math;

function MakeEntry(Amount: Integer; const Note: string): TEntry;
var
  Local: Integer;
begin
  Local := Amount;
  Result.Amount := Local;
  Result.Note := Trim(Note);
end;

constructor TLedger.Create(Size: Integer);
begin
  inherited Create;
  SetLength(FEntries, Size);
end;

destructor TLedger.Destroy;
begin
  inherited Destroy;
end;

{ Adds an entry at the end. }
procedure TLedger.Add(const Entry: TEntry);
begin
  FEntries[0] := Entry;
end;

function TLedger.Total: Integer;
var
  I: Integer;
begin
  Result := 0;
  for I := Low(FEntries) to High(FEntries) do
    Result := Max(Result, FEntries[I].Amount);
end;

end.
