/**
 * spheregrad: a small autograd engine whose operations are WGSL compute shaders, and SphereFace (deep
 * hypersphere embedding for face recognition) built on it. It runs in Deno and in browsers that have
 * WebGPU, with web-standard APIs alone.
 *
 * @module
 */

// Deno brings the types of WebGPU, TypeScript's DOM library only some: this is what browsers lack.
import type {} from "@webgpu/types";

export { type AdapterClass, type AdapterDescription, describeAdapter } from "./src/gpu/adapter.ts";
export type { PoolStatistics, Resource, Slice, StorageBuffer } from "./src/gpu/buffers.ts";
export type { ElementType } from "./src/gpu/element_type.ts";
export { AdapterError, Gpu, type GpuCounts, GpuError } from "./src/gpu/gpu.ts";
export { type Constants, type Kernel, link } from "./src/gpu/kernel.ts";
export type { PendingRead } from "./src/gpu/readback.ts";
export type { Recording } from "./src/gpu/recording.ts";
export type { StepNumber, StepWords } from "./src/gpu/step_number.ts";
export type { Workgroups } from "./src/gpu/stream.ts";
export type { Texels } from "./src/gpu/texels.ts";

export { Capture, capture } from "./src/autograd/capture.ts";
export { type LeakReport, liveTensors, reportLeaks } from "./src/autograd/leaks.ts";
export { apply, type Into, type Op, type Save } from "./src/autograd/op.ts";
export { recompute } from "./src/autograd/recompute.ts";
export { keep, scope } from "./src/autograd/scope.ts";
export type { Storage } from "./src/autograd/storage.ts";
export { noGrad } from "./src/autograd/tape.ts";
export { type Shape, Tensor, type TensorOptions } from "./src/autograd/tensor.ts";

export type {
  ConvPass,
  ConvWork,
  MatmulWork,
  RecordedChoices,
  VariantsByBucket,
  Work,
} from "./src/kernels/choices.ts";
export type { ConvShape } from "./src/kernels/conv_shape.ts";
export type { MatmulShape, Transposition } from "./src/kernels/matmul.ts";
export { type Timing, tune, type TunedWork, type TuneOptions } from "./src/kernels/tuner.ts";
export type { Candidate, Operands } from "./src/kernels/tuner_candidates.ts";
export { add } from "./src/ops/add.ts";
export { affine } from "./src/ops/affine.ts";
export { cast } from "./src/ops/cast.ts";
export { columns } from "./src/ops/columns.ts";
export {
  conv2d,
  type Conv2dOptions,
  conv2dPrelu,
  type Conv2dPreluOptions,
} from "./src/ops/conv2d.ts";
export { div } from "./src/ops/div.ts";
export { exp } from "./src/ops/exp.ts";
export { type ImageBytes, imageTensor } from "./src/ops/image_tensor.ts";
export { labelTensor } from "./src/ops/labels.ts";
export { linear } from "./src/ops/linear.ts";
export { log } from "./src/ops/log.ts";
export { matmul } from "./src/ops/matmul.ts";
export { maxPool, type MaxPoolOptions } from "./src/ops/max_pool.ts";
export { mul } from "./src/ops/mul.ts";
export { normaliseRows } from "./src/ops/normalise_rows.ts";
export { prelu } from "./src/ops/prelu.ts";
export { relu } from "./src/ops/relu.ts";
export { reshape } from "./src/ops/reshape.ts";
export { type Extents, resize } from "./src/ops/resize.ts";
export { softmax } from "./src/ops/softmax.ts";
export {
  softmaxCrossEntropy,
  type SoftmaxCrossEntropyOptions,
} from "./src/ops/softmax_cross_entropy.ts";
export { sqrt } from "./src/ops/sqrt.ts";
export { sub } from "./src/ops/sub.ts";
export { mean, sum } from "./src/ops/sum.ts";
export { transpose } from "./src/ops/transpose.ts";

export { ConvPrelu, type ConvPreluOptions } from "./src/nn/conv_prelu.ts";
export { Dense } from "./src/nn/dense.ts";
export { constant, gaussian, type Initialiser, xavier } from "./src/nn/initialisers.ts";
export { MaxPool } from "./src/nn/max_pool.ts";
export {
  type NamedValues,
  type ParameterGroup,
  Parameters,
  type ParameterSpec,
} from "./src/nn/parameters.ts";
export { ResidualUnit } from "./src/nn/residual_unit.ts";

export { LossScale, type LossScaleOptions, type LossScaleState } from "./src/optim/loss_scale.ts";
export { learningRateAt, type StepSchedule } from "./src/optim/schedule.ts";
export { Sgd, type SgdOptions, type UpdateRule } from "./src/optim/sgd.ts";

export {
  annealedBy,
  type Annealing,
  annealingEnd,
  lambdaAt,
  RELEASED_ANNEALING,
} from "./src/heads/annealing.ts";
export { ASoftmax, type ASoftmaxOptions } from "./src/heads/asoftmax.ts";
export type { GradientStyle, Head, HeadExtents, HeadInput } from "./src/heads/head.ts";
export { marginLoss, type MarginLossOptions } from "./src/heads/margin_loss.ts";
export { ModifiedSoftmax } from "./src/heads/modified_softmax.ts";
export { Softmax } from "./src/heads/softmax.ts";

export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from "./src/sphereface/checkpoint.ts";
export {
  formatSize,
  type HeadName,
  HEADS,
  makeHead,
  parseNet,
  parseSize,
  type TrainingConfiguration,
} from "./src/sphereface/configuration.ts";
export { Diagnosis } from "./src/sphereface/diagnosis.ts";
export { type EmbedAllOptions, Embedder, type EmbedderOptions } from "./src/sphereface/embedder.ts";
export { embedImages, REPRESENTATION } from "./src/sphereface/embedding.ts";
export { decodeModel, encodeModel, type Model } from "./src/sphereface/model.ts";
export { findOverlap, type OverlapOptions } from "./src/sphereface/find_overlap.ts";
export { type ForwardOptions, type NetCounts, SphereNet } from "./src/sphereface/spherenet.ts";
export {
  type ForwardSettings,
  forwardWork,
  trainingWork,
  type WorkSettings,
} from "./src/sphereface/step_work.ts";
export {
  EMBEDDING,
  isNetName,
  type NetName,
  NETS,
  STAGE_CHANNELS,
  STAGE_UNITS,
} from "./src/sphereface/table2.ts";
export {
  type StepReport,
  Trainer,
  type TrainerOptions,
  type TrainingBatch,
} from "./src/sphereface/trainer.ts";

export {
  type Exclusion,
  findExcluded,
  imagesOfEach,
  type LabelledSet,
  parseIdentityList,
  selectIdentities,
  selectImages,
  type Selection,
} from "./src/data/exclusion.ts";
export {
  identitiesOfPaths,
  openFeatures,
  type PathIdentities,
  type StoredFeatures,
} from "./src/data/sets/stored_features.ts";
export { type IdentityList, OVERLAP_LISTS } from "./src/data/overlap_lists.ts";
export type { EncodedImages, SamplePairs } from "./src/data/encoded_images.ts";
export {
  DecodedImages,
  type DecodedImagesOptions,
  type KeptPixels,
  type PreparedImages,
  type SkippedImage,
} from "./src/data/decoding/decoded_images.ts";
export { type DataSet, type ImageSize, requireIdentities } from "./src/data/dataset.ts";
export {
  DecodePool,
  type DecodePoolOptions,
  type ImageSource,
} from "./src/data/decoding/decode_pool.ts";
export { type Batch, BatchLoader, type LoaderOptions } from "./src/data/loader.ts";
export { type IdentitySplit, splitIdentities, subset } from "./src/data/split.ts";
export { SyntheticFaces, type SyntheticOptions } from "./src/data/synthetic.ts";
export {
  type AlignmentDiagnosis,
  type AlignmentFinding,
  type AlignmentKind,
  type AlignmentLayout,
  alignmentLayout,
  diagnoseAlignment,
  type ExaminedImage,
  examineImage,
  type Placement,
} from "./src/faces/doctor/doctor.ts";
export { decodeImage, ImageDecodeError, initialiseJpeg } from "./src/faces/images/decode.ts";
export {
  chooseFaces,
  FACE_CHOICES,
  type FaceChoice,
  type KnownFace,
} from "./src/faces/align/choose_face.ts";
export { encodeJpeg } from "./src/faces/images/encode_jpeg.ts";
export { encodePng, pngDataUri } from "./src/faces/images/encode_png.ts";
export type { DetectedFace, FaceBox, Landmarks, Point } from "./src/faces/face.ts";
export {
  type AlignedFace,
  alignFace,
  alignFaces,
  alignToTensor,
  type FaceInPhoto,
} from "./src/faces/align/align.ts";
export type { AlignOptions } from "./src/faces/align/face_cut.ts";
export {
  formatLandmarks,
  LANDMARK_ORDERS,
  type LandmarkList,
  type LandmarkListOptions,
  type LandmarkOrder,
  parseLandmarks,
} from "./src/faces/align/landmark_lists.ts";
export {
  applyMatrix,
  composeMatrices,
  invertMatrix,
  type Matrix2x3,
} from "./src/faces/align/matrix.ts";
export {
  SIMILARITY_METHODS,
  type SimilarityMethod,
  similarityTransform,
} from "./src/faces/align/similarity.ts";
export {
  type FaceTemplate,
  faceTemplate,
  PIXEL_CONVENTIONS,
  type PixelConvention,
  type TemplateName,
  TEMPLATES,
} from "./src/faces/align/template.ts";
export type { RgbImage } from "./src/faces/images/image.ts";
export { fitCrop } from "./src/faces/images/resample.ts";
export {
  type FaceKey,
  type FaceParameters,
  faceParameters,
  landmarks,
} from "./src/faces/synthetic/parameters.ts";
export type { CropSize, Point as PointTuple } from "./src/faces/synthetic/camera.ts";
export type { FaceHair, FaceIdentity, FaceMole, Rgb } from "./src/faces/synthetic/identity.ts";
export type { FaceNuisance } from "./src/faces/synthetic/nuisance.ts";
export { renderFaces } from "./src/faces/synthetic/renderer.ts";
export { drawFaces } from "./src/faces/draw_faces.ts";
export { MtcnnDetector } from "./src/faces/mtcnn/detector.ts";
export type { MtcnnOptions } from "./src/faces/mtcnn/options.ts";
export {
  MtcnnNets,
  mtcnnSpecs,
  type OutputAnswer,
  type ProposalMaps,
  type Refinement,
} from "./src/faces/mtcnn/nets.ts";
export {
  decodeMtcnnWeights,
  encodeMtcnnWeights,
  type MtcnnFile,
} from "./src/faces/mtcnn/weights.ts";
export { Random, type Shuffleable } from "./src/random.ts";

export { type CaffeBlob, type CaffeLayer, decodeCaffemodel } from "./src/formats/caffemodel.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsEntry,
  type SafetensorsFile,
  safetensorsFloats,
} from "./src/formats/safetensors.ts";
export {
  decodeNpy,
  encodeNpy,
  type NpyArray,
  type NpyData,
  type NpyDtype,
  type NpyWritable,
} from "./src/formats/npy.ts";
export { bestOfHalves, IdentityMeans, imageRows } from "./src/evaluate/identity_rows.ts";
export type { IdentityMatch, IdentityRows } from "./src/evaluate/overlap.ts";
export { formatImageList, type ImageList, parseImageList } from "./src/formats/image_list.ts";
export { readPairs } from "./src/evaluate/path_pairs.ts";
export { parseVideoPairs } from "./src/evaluate/video_pairs.ts";
export type {
  Archive,
  ArchiveEntry,
  ArchiveLimits,
  RefusedEntry,
} from "./src/formats/archives/archive.ts";
export { type ArchiveWriter, TarWriter, ZipWriter } from "./src/formats/archives/writers.ts";
export { openTar } from "./src/formats/archives/tar.ts";
export { openZip } from "./src/formats/archives/zip.ts";
export {
  blobSource,
  type ByteSink,
  type ByteSource,
  bytesSource,
} from "./src/formats/byte_source.ts";
export type {
  PickleConstructor,
  PickleGlobals,
  PickleGuard,
  UnpickleOptions,
} from "./src/formats/pickle/pickle.ts";
export { openRecordSet, type RecordSet, type RecordSetIndex } from "./src/formats/records/set.ts";
export { type RecordSetTexts, RecordSetWriter } from "./src/formats/records/set_writer.ts";
export {
  decodeVerificationBin,
  type VerificationBin,
  VerificationBinWriter,
} from "./src/formats/verification_bin.ts";
export { anglesOfCosines, cosineSimilarity, type FeatureMatrix } from "./src/evaluate/features.ts";
export { angularFisherScore } from "./src/evaluate/fisher.ts";
export { type Histogram, histogram } from "./src/evaluate/histogram.ts";
export {
  evaluatePairs,
  type FoldResult,
  type PairFeatures,
  type PairsOptions,
  type PairsResult,
  type TrueAcceptRates,
} from "./src/evaluate/pairs.ts";
export {
  formatPairs,
  type ImagePair,
  type ImageReference,
  imageStem,
  type IndexedPairs,
  indexPairs,
  type PairsList,
  parsePairs,
} from "./src/evaluate/pairs_list.ts";
export {
  areaUnderCurve,
  equalErrorRate,
  type OperatingPoint,
  operatingPoint,
  operatingPointOf,
  type RocCurve,
  rocCurve,
  trueAcceptRate,
} from "./src/evaluate/roc.ts";
export {
  countPairs,
  type PairCounts,
  type SampledPairs,
  samplePairs,
  type SamplePairsOptions,
} from "./src/evaluate/sample_pairs.ts";
export {
  accuracyAt,
  bestThreshold,
  gridThreshold,
  type ThresholdChoice,
} from "./src/evaluate/threshold.ts";
export {
  type LabelledFeatures,
  type VerificationOptions,
  type VerificationResult,
  verify,
} from "./src/evaluate/verification.ts";
export type { AxisOptions } from "./src/report/axis.ts";
export {
  type ClassHistogramChart,
  classHistogramChart,
} from "./src/report/class_histogram_chart.ts";
export {
  type EvaluationReport,
  evaluationReport,
  type PairsSummary,
} from "./src/report/evaluation_report.ts";
export {
  type HistogramChart,
  histogramChart,
  type HistogramSeries,
} from "./src/report/histogram_chart.ts";
export { type LineChart, lineChart, type Series } from "./src/report/line_chart.ts";
export {
  type Block,
  type FactsBlock,
  type FiguresBlock,
  htmlPage,
  type ImagesBlock,
  type Page,
  type Section,
  type TableBlock,
  type TextBlock,
  type TilesBlock,
} from "./src/report/page.ts";
export { type NamedRoc, type RocChart, rocChart, type RocPoints } from "./src/report/roc_chart.ts";
export type { SeriesColor } from "./src/report/theme.ts";
export {
  type TrainingMetrics,
  type TrainingReport,
  trainingReport,
} from "./src/report/training_report.ts";
export type { NamedVerification, VerificationSummary } from "./src/report/verification_blocks.ts";
