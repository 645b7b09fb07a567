// Copyright 2026 Example Radio
#import <Foundation/Foundation.h>
#import "Station.h"
@import AVFoundation;

#define MAX_STATIONS 40
#define CLAMP(x, low) ((x) < (low) ? (low) : (x))

@class Tuner;

/// How loud it is.
typedef NS_ENUM(NSInteger, Volume) {
  VolumeQuiet,
  VolumeLoud = 2,
};

typedef struct {
  double low;
  double high;
} Band;

typedef void (^TunedBlock)(Station *station, NSError *error);

static NSString *const kDefaultName = @"radio";
extern int radio_count;

/** Told when a station changes. */
@protocol RadioDelegate <NSObject>
@required
/// Called after tuning.
- (void)radio:(Radio *)radio didTuneTo:(Station *)station;
@optional
@property (nonatomic, readonly) BOOL quiet;
@end

/**
 * Plays stations.
 */
@interface Radio : NSObject <NSCopying, RadioDelegate> {
  NSMutableArray *_stations;
  @private int _count;
}

/// Who is told.
@property (nonatomic, weak, nullable) id<RadioDelegate> delegate;
@property (nonatomic, copy) NSString *name;

+ (instancetype)sharedRadio;
/// Makes one with a name.
- (instancetype)initWithName:(NSString *)name band:(Band)band;
- (void)stop;
@end

@interface Radio ()
@property (nonatomic) Volume volume;
@end

@interface Radio (Recording)
- (void)record:(NSTimeInterval)seconds;
@end

// Clamps a frequency.
static double ClampFrequency(double value) {
  return CLAMP(value, 87.5);
}

@implementation Radio {
  Tuner *_tuner;
}

@synthesize name = _name;
@dynamic volume;

+ (instancetype)sharedRadio {
  static Radio *shared;
  return shared ?: [[Radio alloc] init];
}

/// Makes one with a name.
- (instancetype)initWithName:(NSString *)name band:(Band)band {
  if ((self = [super init])) {
    _tuner = [Tuner tunerWithBand:band];
    [_stations addObject:[Station new]];
  }
  return self;
}

- (void)tuneTo:(Station *)station then:(TunedBlock)block {
  double frequency = ClampFrequency(station.frequency);
  dispatch_async(queue, ^{ block(station, nil); });
  [self.delegate radio:self didTuneTo:station];
  NSLog(@"%f", frequency);
}

- (void)stop { }

@end

@implementation Radio (Recording)
- (void)record:(NSTimeInterval)seconds { [_tuner wait:seconds]; }
@end
