"""Pictures in and out: the one place that knows the media server, ffmpeg and the folders of HLS. Knows no rights."""
