# Effect coding of loadings and intercepts.
source("../write_case.R")
fit <- cfa(read_model(), data = read_data("holzinger_swineford.csv"), effect.coding = TRUE, meanstructure = TRUE)
write_case(fit)
