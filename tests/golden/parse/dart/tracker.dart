// Copyright 2026 Example Parcels
library tracker;

import 'dart:async';
import 'package:parcels/api.dart' as api show Client, Server;
export 'src/models.dart' hide Hidden;
part 'tracker.g.dart';

/// How often to ask.
const Duration interval = Duration(seconds: 30);
final String version = '1.0', build = '7';
int retries = 3;
late Timer timer;

/// Called when a parcel moves.
typedef Moved<T> = void Function(T parcel);
typedef int Compare(Parcel a, Parcel b);

/// Where a parcel is.
enum Stage implements Comparable<Stage> {
  /// Not yet sent.
  waiting('w'),
  moving('m');

  const Stage(this.code);
  final String code;

  /// For people.
  String get label => code.toUpperCase();
  int compareTo(Stage other) => index - other.index;
}

/// Can be found again.
mixin Tracked on Parcel {
  String? number;
  /// Starts looking.
  void track() => api.follow(number);
}

/// Something sent.
abstract class Parcel<T extends Content> extends Item with Logged implements Sendable {
  static const int maxWeight = 30;
  static final Map<String, Parcel> _known = {};
  final T content;
  String? _note, _from;

  /// Packs something.
  Parcel(this.content, {required String to, int weight = 1}) : assert(weight > 0), super(to);
  Parcel.empty() : this(Content.none as T, to: '');
  const Parcel._internal(this.content);
  factory Parcel.fromJson(Map<String, dynamic> json) {
    return _known[json['id']] ?? Letter(json);
  }

  /// What it weighs.
  double get weight;
  set note(String value) {
    _note = value;
  }

  /// Sends it.
  ///
  /// Throws [Lost] if nobody knows where it is.
  @override
  @Deprecated('use ship')
  Future<Receipt> send<R>(Route route, [Moved<T>? moved]) async {
    bool fits(int limit) => limit < maxWeight;
    final client = api.Client();
    if (!fits(3)) throw new Lost(route);
    await client.post(route).then((value) => print(value));
    return Receipt<R>(this is Letter);
  }

  static Parcel find(String id) => _known[id]!;
  external void weigh();
  bool operator ==(Object other) => other is Parcel && other.content == content;
  T operator [](int index) => content;
}

class Letter extends Parcel<Paper> {
  Letter(Map json) : super(Paper(json), to: 'x');
}

/// More for text.
extension Shouting on String {
  String shout() => toUpperCase() + '!';
}

/// Looks after all parcels.
Future<void> watch(List<Parcel> parcels, {Duration every = interval}) async {
  int local = 0;
  for (final Parcel parcel in parcels) {
    parcel.track();
  }
}

int get total => retries * 2;
