#pragma once

#include <string_view>

/// The words that are coloured as keywords, by language, separated by blanks.
namespace coppice::client {

inline constexpr std::string_view kCKeywords =
    "NULL auto bool break case char const continue default do double else enum extern false float "
    "for goto if inline int long register restrict return short signed sizeof static struct "
    "switch true typedef union unsigned void volatile while";

inline constexpr std::string_view kCppKeywords =
    "alignas alignof auto bool break case catch char char16_t char32_t char8_t class co_await "
    "co_return co_yield concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum explicit export extern false final float for "
    "friend goto if inline int long mutable namespace new noexcept nullptr operator override "
    "private protected public register reinterpret_cast requires return short signed sizeof "
    "static static_assert static_cast struct switch template this thread_local throw true try "
    "typedef typeid typename union unsigned using virtual void volatile while";

inline constexpr std::string_view kObjcKeywords =
    "BOOL Class IMP NO NULL SEL YES assign auto autoreleasepool bool break case catch char class "
    "const continue copy default do double dynamic else encode end enum extern false finally "
    "float for goto id if implementation import inline instancetype int interface long nil "
    "nonatomic optional property protocol readonly readwrite register required restrict return "
    "selector self short signed sizeof static strong struct super switch synthesize throw true "
    "try typedef union unsigned void volatile weak while";

inline constexpr std::string_view kPythonKeywords =
    "False None True and as assert async await break class continue def del elif else except "
    "finally for from global if import in is lambda match nonlocal not or pass raise return self "
    "try while with yield";

inline constexpr std::string_view kJavascriptKeywords =
    "as async await break case catch class const continue debugger default delete do else export "
    "extends false finally for from function get if import in instanceof let new null of return "
    "set static super switch this throw true try typeof undefined var void while with yield";

inline constexpr std::string_view kTypescriptKeywords =
    "abstract any as asserts async await boolean break case catch class const continue declare "
    "default delete do else enum export extends false finally for from function get if implements "
    "import in infer instanceof interface is keyof let namespace never new null number object of "
    "private protected public readonly return satisfies set static string super switch symbol "
    "this throw true try type typeof undefined unknown var void while with yield";

inline constexpr std::string_view kGoKeywords =
    "any append bool break byte case chan const continue default defer else error fallthrough "
    "false float32 float64 for func go goto if import int int32 int64 interface iota len make map "
    "nil package range return rune select string struct switch true type uint uint32 uint64 var";

inline constexpr std::string_view kRustKeywords =
    "Self as async await bool break const continue crate dyn else enum extern false fn for i32 "
    "i64 if impl in let loop match mod move mut pub ref return self static str struct super trait "
    "true type u32 u64 u8 union unsafe use usize where while";

inline constexpr std::string_view kJavaKeywords =
    "abstract assert boolean break byte case catch char class const continue default do double "
    "else enum extends false final finally float for goto if implements import instanceof int "
    "interface long native new null package permits private protected public record return sealed "
    "short static strictfp super switch synchronized this throw throws transient true try var "
    "void volatile while yield";

inline constexpr std::string_view kKotlinKeywords =
    "abstract actual annotation as break by catch class companion const constructor continue data "
    "do else enum expect external false final finally for fun get if import in infix init inline "
    "inner interface internal is it lateinit null object open operator out override package "
    "private protected public reified return sealed set super suspend tailrec this throw true try "
    "typealias val var vararg when where while";

inline constexpr std::string_view kScalaKeywords =
    "abstract case catch class def do else enum extends extension false final finally for forSome "
    "given if implicit import inline lazy match new null object opaque override package private "
    "protected return sealed super then this throw trait true try type using val var while with "
    "yield";

inline constexpr std::string_view kGroovyKeywords =
    "abstract as assert boolean break byte case catch char class const continue def default do "
    "double else enum extends false final finally float for goto if implements import in "
    "instanceof int interface it long native new null package permits private protected public "
    "record return sealed short static strictfp super switch synchronized this throw throws trait "
    "transient true try var void volatile while yield";

inline constexpr std::string_view kCsharpKeywords =
    "abstract as async await base bool break byte case catch char checked class const continue "
    "decimal default delegate do double else enum event explicit extern false finally fixed float "
    "for foreach get goto if implicit in init int interface internal is lock long namespace new "
    "null object operator out override params partial private protected public readonly record "
    "ref required return sbyte sealed set short sizeof static string struct switch this throw "
    "true try typeof uint ulong unsafe ushort using var virtual void volatile when where while "
    "with yield";

inline constexpr std::string_view kFsharpKeywords =
    "abstract and as assert base begin class default delegate do done downcast downto elif else "
    "end exception extern false finally for fun function global if in inherit inline interface "
    "internal lazy let match member module mutable namespace new not null of open or override "
    "private public rec return sig static struct then to true try type upcast use val void when "
    "while with yield";

inline constexpr std::string_view kSwiftKeywords =
    "Self actor any as associatedtype async await break case catch class continue convenience "
    "default defer deinit didSet do dynamic else enum extension fallthrough false fileprivate "
    "final for func get guard if import in indirect init inout internal is isolated lazy let "
    "mutating nil nonisolated nonmutating open operator optional override private protocol public "
    "repeat required rethrows return self set some static struct subscript super switch throw "
    "throws true try typealias unowned var weak where while willSet";

inline constexpr std::string_view kDartKeywords =
    "abstract as assert async await base bool break case catch class const continue covariant "
    "default deferred do double dynamic else enum export extends extension external factory false "
    "final finally for get hide if implements import in int interface is late library mixin new "
    "null num on operator part required rethrow return sealed set show static super switch sync "
    "this throw true try typedef var void when while with yield";

inline constexpr std::string_view kRubyKeywords =
    "BEGIN END alias and attr_accessor attr_reader attr_writer begin break case class def "
    "defined? do else elsif end ensure extend false for if in include loop module next nil not or "
    "private protected public raise redo require require_relative rescue retry return self super "
    "then true undef unless until when while yield";

inline constexpr std::string_view kPhpKeywords =
    "abstract and array as bool break callable case catch class clone const continue declare "
    "default do echo else elseif empty enum extends false final finally float fn for foreach "
    "function global goto if implements include include_once instanceof insteadof int interface "
    "isset iterable list match mixed namespace never new null or parent print private protected "
    "public readonly require require_once return self static string switch this throw trait true "
    "try unset use var void while xor yield";

inline constexpr std::string_view kPerlKeywords =
    "BEGIN END and bless cmp defined delete die do each else elsif eq eval exists for foreach ge "
    "given gt if keys last le local lt map my ne next no not or our package print push redo ref "
    "require return say scalar shift sort splice split state sub undef unless unshift until use "
    "values wantarray warn when while xor";

inline constexpr std::string_view kRKeywords =
    "FALSE Inf NA NA_character_ NA_integer_ NA_real_ NULL NaN TRUE break else for function if in "
    "library next repeat require return while";

inline constexpr std::string_view kJuliaKeywords =
    "abstract baremodule begin break catch const continue do else elseif end export false finally "
    "for function global if import in isa let local macro module mutable nothing primitive public "
    "quote return struct true try type using where while";

inline constexpr std::string_view kLuaKeywords =
    "and break do else elseif end false for function goto if in local nil not or repeat return "
    "self then true until while";

inline constexpr std::string_view kBashKeywords =
    "break case continue declare do done elif else esac eval exec exit export fi for function if "
    "in local readonly return select set shift source then trap unset until while";

inline constexpr std::string_view kPowershellKeywords =
    "begin break catch class continue data do dynamicparam else elseif end enum exit filter "
    "finally for foreach from function hidden if in param process return static switch throw trap "
    "try until using while workflow";

inline constexpr std::string_view kZigKeywords =
    "align allowzero and anyerror anyframe anytype asm async await bool break callconv catch "
    "comptime const continue defer else enum errdefer error export extern false fn for if inline "
    "isize noalias noinline null opaque or orelse packed pub resume return struct suspend switch "
    "test threadlocal true try type undefined union unreachable usingnamespace usize var void "
    "volatile while";

inline constexpr std::string_view kDKeywords =
    "abstract alias align asm assert auto body bool break byte case cast catch char class const "
    "continue debug default delegate delete deprecated do double else enum export extern false "
    "final finally float for foreach foreach_reverse function goto if immutable import in inout "
    "int interface invariant is lazy long mixin module new nothrow null out override package "
    "pragma private protected public pure real ref return scope shared short static string struct "
    "super switch synchronized template this throw true try typeof ubyte uint ulong union "
    "unittest ushort version void while with";

inline constexpr std::string_view kSolidityKeywords =
    "abstract address anonymous as assembly bool break bytes calldata catch constant constructor "
    "continue contract delete do else emit enum error event external fallback false for from "
    "function if immutable import indexed int interface internal is library mapping memory "
    "modifier new override payable pragma private public pure receive return returns storage "
    "string struct super switch this throw true try type uint uint256 unchecked using var view "
    "virtual while";

inline constexpr std::string_view kPascalKeywords =
    "and array as asm begin case class const constructor destructor div do downto else end except "
    "exports false file finalization finally for function goto if implementation in inherited "
    "initialization inline interface is label library mod nil not object of on operator or out "
    "overload override packed private procedure program property protected public published raise "
    "read record repeat set shl shr string then threadvar to true try type unit until uses var "
    "virtual while with write xor";

inline constexpr std::string_view kHaskellKeywords =
    "as case class data default deriving do else family forall foreign hiding if import in infix "
    "infixl infixr instance let mdo module newtype of pattern qualified rec then type where";

inline constexpr std::string_view kOcamlKeywords =
    "and as asr assert begin class constraint do done downto else end exception external false "
    "for fun function functor if in include inherit initializer land lazy let lor lsl lsr lxor "
    "match method mod module mutable new nonrec object of open or private rec sig struct then to "
    "true try type val virtual when while with";

inline constexpr std::string_view kElmKeywords =
    "alias as case effect else exposing if import in infix left let module of port right then "
    "type where";

inline constexpr std::string_view kElixirKeywords =
    "after alias and case catch cond def defdelegate defexception defguard defimpl defmacro "
    "defmacrop defmodule defoverridable defp defprotocol defstruct do else end false fn for if "
    "import in nil not or quote raise receive require rescue super throw true try unless unquote "
    "use when with";

inline constexpr std::string_view kNixKeywords =
    "assert else false if import in inherit let null or rec then true with";

inline constexpr std::string_view kSqlKeywords =
    "add all alter and any as asc begin between by cascade case cast check column commit "
    "constraint create cross database declare default delete desc distinct drop else end except "
    "exists false fetch for foreign from full function grant group having if in index inner "
    "insert intersect into is join key language left like limit not null offset on or order outer "
    "over partition primary procedure references replace returning returns revoke right rollback "
    "select set table then to trigger true truncate union unique update using values view when "
    "where with";

inline constexpr std::string_view kHclKeywords =
    "data dynamic else endfor endif false for if in locals module null output provider resource "
    "terraform true variable";

inline constexpr std::string_view kVerilogKeywords =
    "always always_comb always_ff always_latch and assign automatic begin bit buf byte case casex "
    "casez class const default disable else end endcase endclass endfunction endgenerate "
    "endinterface endmodule endpackage endtask enum for forever function generate genvar if "
    "import initial inout input int integer interface localparam logic longint module negedge nor "
    "not or output package parameter posedge real reg repeat return signed struct task time "
    "typedef union unsigned wait while wire xnor xor";

inline constexpr std::string_view kMakeKeywords =
    "define else endef endif export ifdef ifeq ifndef ifneq include override private sinclude "
    "undefine unexport vpath";

inline constexpr std::string_view kCssKeywords =
    "and important inherit initial none not only or unset";

inline constexpr std::string_view kScssKeywords =
    "and content each else extend for forward from function if import important in include "
    "inherit initial mixin none not null only or return through to unset use while with";

inline constexpr std::string_view kDataKeywords = "false no null off on true yes";

}  // namespace coppice::client
