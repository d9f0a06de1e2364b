# Factors of unit variance.
source("../write_sam.R")
data <- read_data("political_democracy.csv")
fit <- sam(read_model(), data = data, std.lv = TRUE)
write_sam(fit)
