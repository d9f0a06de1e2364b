# Mapping by generalised least squares.
source("../write_sam.R")
data <- read_data("chain.csv")
fit <- sam(read_model(), data = data, local.options = list(M.method = "GLS"))
write_sam(fit)
